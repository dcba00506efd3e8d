import type { FastifyInstance } from 'fastify'

const CACHE_MS = 1000
const TIMEOUT_MS = 3000
const DEPENDENCIES = ['db', 'kv', 'queue', 'email'] as const

type Checks = Record<string, 'ok' | 'failed'>

/** `GET /health`: 200 while the process lives. `GET /ready`: 200 when every dependency answers, asked once a second at most. */
export async function healthRoutes(app: FastifyInstance): Promise<void> {
  let cached: { at: number; checks: Promise<Checks> } | null = null
  const checks = () => {
    if (cached === null || performance.now() - cached.at > CACHE_MS) {
      cached = { at: performance.now(), checks: checkDependencies(app) }
    }
    return cached.checks
  }

  app.get('/health', { config: { auth: false } }, async () => ({ status: 'ok' }))

  app.get('/ready', { config: { auth: false } }, async (_request, reply) => {
    const results = await checks()
    const ready = Object.values(results).every((result) => result === 'ok')
    if (!ready) reply.code(503).header('retry-after', 1)
    return { status: ready ? 'ready' : 'unavailable', checks: results }
  })
}

/** Asks every installed dependency at once, each for three seconds at most. Failures are logged, not shown. */
export async function checkDependencies(app: FastifyInstance): Promise<Checks> {
  const installed = DEPENDENCIES.filter((name) => app.hasDecorator(name))
  const results = await Promise.all(
    installed.map(async (name): Promise<[string, 'ok' | 'failed']> => {
      try {
        await within(TIMEOUT_MS, app[name].health())
        return [name, 'ok']
      } catch (err) {
        app.log.error({ err, dependency: name }, 'a dependency is not ready')
        return [name, 'failed']
      }
    }),
  )
  return Object.fromEntries(results)
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
