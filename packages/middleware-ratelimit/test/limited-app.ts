import type { IKvStore } from '@json-express/core'
import { createMemoryKvStore } from '@json-express/kv-memory'
import { createHost } from '@json-express/testing'
import type { FastifyError, FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import rateLimit, { configSchema } from '../src/index.js'

/** So long that no test meets its end by chance. */
export const DAY = 86_400_000

export interface LimitedAppOptions {
  mode?: string
  ratelimit?: object
  kv?: IKvStore
  trustProxy?: string
  /** Registers what is there before the rate limits. */
  before?: (app: FastifyInstance) => void
}

export const LOGIN_3 = { login: { max: 3, window: DAY } }

/** An app with rate limits, in production unless said otherwise, and the lines of its log. */
export async function limitedApp(t: Test, options: LimitedAppOptions = {}) {
  const { mode = 'production', ratelimit = LOGIN_3, kv = createMemoryKvStore(), trustProxy, before } = options
  const lines: Record<string, unknown>[] = []
  const app = createHost({
    mode,
    settings: { ratelimit, ...(trustProxy && { trustProxy }) },
    schemas: { ratelimit: configSchema },
    server: {
      trustProxy: trustProxy ?? false,
      disableRequestLogging: true,
      logger: { level: 'info', stream: { write: (line: string) => void lines.push(JSON.parse(line)) } },
    },
  })
  app.decorate('kv', kv)
  app.setErrorHandler(({ statusCode = 500, code, message, ...rest }: FastifyError, _request, reply) =>
    reply.code(statusCode).send({ error: { code, message, ...rest } }),
  )
  before?.(app)
  await app.register(rateLimit, app.settings.section('ratelimit') as never)
  t.teardown(async () => {
    await app.close()
    await kv.close()
  })
  return { app, lines, limiter: app.rateLimiter }
}

export function route(app: FastifyInstance, url: string, limit?: string): void {
  app.post(url, { config: limit === undefined ? {} : { limit } }, async () => ({ ok: true }))
}

export const from = (app: FastifyInstance, remoteAddress: string, url = '/login', headers = {}) =>
  app.inject({ method: 'POST', url, remoteAddress, headers })

/** The clock stands at the beginning of a day until it is moved. */
export function stoppedClock(t: Test): { pass(ms: number): void } {
  const { now } = Date
  let time = now() - (now() % DAY)
  Date.now = () => time
  t.teardown(() => {
    Date.now = now
  })
  return {
    pass(ms) {
      time += ms
    },
  }
}
