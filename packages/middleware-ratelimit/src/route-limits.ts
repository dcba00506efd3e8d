import rateLimit, { type FastifyRateLimitStore } from '@fastify/rate-limit'
import { BootError, errors, type RateLimit, type RateLimiter, retryAfter } from '@json-express/core'
import type { FastifyInstance, RouteOptions } from 'fastify'
import { WINDOWS } from './windows.js'

export interface RouteLimitsOptions {
  limiter: RateLimiter
  /** `false`: names of windows are checked, nothing is counted. */
  enabled: boolean
  /** For routes without a window of their own; `undefined` leaves them alone. */
  others: RateLimit | undefined
}

/** Holds every route that is registered from now on to its window, each client network by itself. */
export async function limitRoutes(app: FastifyInstance, options: RouteLimitsOptions): Promise<void> {
  const { limiter, enabled, others } = options
  if (enabled) await registerLibrary(app, limiter)
  app.addHook('onRoute', (route) => {
    const { limit: name } = route.config ?? {}
    const limit = name === undefined ? others : named(name, route, limiter)
    if (!enabled || limit === undefined) return
    const scope = name ?? `${[route.method].flat().join()} ${route.url}`
    const count = app.rateLimit({
      ...{ max: limit.max, timeWindow: limit.windowMs },
      keyGenerator: (request) => `${scope}:${limiter.networkOf(request)}`,
    })
    // first in line: who has to be turned away must not cost the look at his token, and bad tokens are counted too
    route.onRequest = [count, ...[route.onRequest ?? []].flat()]
  })
}

async function registerLibrary(app: FastifyInstance, limiter: RateLimiter): Promise<void> {
  await app.register(rateLimit, {
    global: false,
    enableDraftSpec: true,
    store: storeOver(limiter),
    errorResponseBuilder: (_request, { ttl }) => retryAfter(new errors.RateLimited(), ttl),
  })
}

function named(name: string, { method, url }: RouteOptions, limiter: RateLimiter): RateLimit | undefined {
  if (!WINDOWS.includes(name)) {
    throw new BootError(
      `The route ${[method].flat().join()} ${url} counts in ratelimit.${name}: take one of ${WINDOWS.join(', ')}`,
    )
  }
  return limiter.limitOf(name) ?? undefined
}

/** The library's store, over ours. */
function storeOver(limiter: RateLimiter) {
  return class implements FastifyRateLimitStore {
    incr(...[key, done, windowMs, max]: Parameters<FastifyRateLimitStore['incr']>): void {
      limiter.consume(key, { max, windowMs }).then(
        ({ count, resetMs }) => done(null, { current: count, ttl: resetMs }),
        (error: Error) => done(error),
      )
    }

    child(): FastifyRateLimitStore {
      return this
    }
  }
}
