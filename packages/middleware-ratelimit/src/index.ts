import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { createCounter } from './counter.js'
import { createRateLimiter } from './kv-rate-limiter.js'
import { warnOfUnknownProxy } from './proxy-warning.js'
import { limitRoutes } from './route-limits.js'
import { limitOf, type RateLimitSettings } from './windows.js'

export { configSchema } from './windows.js'

/** Decorates `app.rateLimiter`, and limits the routes that say in which window they count (`config.limit`). */
async function middlewareRateLimit(app: FastifyInstance, settings: RateLimitSettings): Promise<void> {
  const { enabled, max, window: windowMs } = settings
  const limiter = createRateLimiter(createCounter(app.kv, app.log), (name) => {
    const limit = limitOf(name, settings, app.settings.production)
    if (limit === undefined) throw new Error(`There is no window ratelimit.${name}`)
    return enabled ? limit : null
  })
  app.decorate('rateLimiter', limiter)
  warnOfUnknownProxy(app)
  await limitRoutes(app, { limiter, enabled, others: max === undefined ? undefined : { max, windowMs } })
}

export default fp(middlewareRateLimit, {
  name: '@json-express/middleware-ratelimit',
  fastify: '5.x',
  decorators: { fastify: ['settings', 'kv'] },
})
