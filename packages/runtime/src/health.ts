import { BootError } from '@json-express/core'
import type { FastifyInstance } from 'fastify'

const CACHE_MS = 1000
const TIMEOUT_MS = 3000
/** Its answer holds nothing up. */
const EMAIL_TIMEOUT_MS = 500
/** Those without which the server cannot do its work. */
const REQUIRED = ['db', 'kv', 'queue'] as const
export const DEPENDENCIES = [...REQUIRED, 'email'] as const

type Checks = Record<string, 'ok' | 'failed'>

/**
 * `GET /health`: 200 while the process lives. `GET /ready`: 200 when every dependency that is required answers, asked once
 * a second at most. Mail waits in the outbox until it can go, so e-mail is told and not required.
 */
export async function healthRoutes(app: FastifyInstance): Promise<void> {
  let cached: { at: number; checks: Promise<Checks> } | null = null
  const askAll = async () => {
    const [required, email] = await Promise.all([
      checkDependencies(app, REQUIRED),
      checkDependencies(app, ['email'], EMAIL_TIMEOUT_MS),
    ])
    return { ...required, ...email }
  }
  const checks = () => {
    if (cached === null || performance.now() - cached.at > CACHE_MS) {
      cached = { at: performance.now(), checks: askAll() }
    }
    return cached.checks
  }

  app.get('/health', { config: { auth: false } }, async () => ({ status: 'ok' }))

  app.get('/ready', { config: { auth: false } }, async (_request, reply) => {
    const results = await checks()
    const ready = REQUIRED.every((name) => results[name] !== 'failed')
    if (!ready) reply.code(503).header('retry-after', 1)
    return { status: ready ? 'ready' : 'unavailable', checks: results }
  })
}

/** Of these dependencies, asks every one that is installed, all at once. Failures are logged, not shown. */
export async function checkDependencies(
  app: FastifyInstance,
  names: readonly (typeof DEPENDENCIES)[number][] = DEPENDENCIES,
  timeoutMs = TIMEOUT_MS,
): Promise<Checks> {
  const results = await Promise.all(
    names
      .filter((name) => app.hasDecorator(name))
      .map(async (name): Promise<[string, 'ok' | 'failed']> => {
        const err = await askDependency(app, name, timeoutMs)
        if (err === null) return [name, 'ok']
        app.log.error({ err, dependency: name }, 'a dependency is not ready')
        return [name, 'failed']
      }),
  )
  return Object.fromEntries(results)
}

/** Resolves to `null` when it answers in time, else to why it does not. */
export async function askDependency(
  app: FastifyInstance,
  name: (typeof DEPENDENCIES)[number],
  timeoutMs = TIMEOUT_MS,
): Promise<Error | null> {
  try {
    await within(timeoutMs, app[name].health())
    return null
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

/** Throws `BootError` when a dependency that is required does not answer. */
export async function requireDependencies(app: FastifyInstance): Promise<void> {
  const checks = await checkDependencies(app, REQUIRED)
  const failed = Object.keys(checks).filter((name) => checks[name] === 'failed')
  if (failed.length > 0) throw new BootError(`Not reachable: ${failed.join(', ')}. The log lines above say why.`)
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([work, timeout])
  } finally {
    clearTimeout(timer)
  }
}
