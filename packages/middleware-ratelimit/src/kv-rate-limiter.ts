import { normalizeIP } from '@fastify/rate-limit'
import type { RateLimit, RateLimiter } from '@json-express/core'
import type { Counter } from './counter.js'

/** What one host of IPv6 is given, so all of it is one client (RFC 6177). */
const IPV6_PREFIX = 64
/** Node no longer knows the address of a socket that has been closed, whatever the type of `request.ip` says. */
const GONE = 'unknown'

export function createRateLimiter(counter: Counter, limitOf: (name: string) => RateLimit | null): RateLimiter {
  return {
    limitOf,
    async consume(key, limit, cost = 1) {
      const { count, resetMs } = await counter.add(key, cost, limit)
      return { allowed: count <= limit.max, count, resetMs }
    },
    async peek(key, limit) {
      const { count, resetMs } = await counter.read(key, limit)
      return { allowed: count < limit.max, count, resetMs }
    },
    reset: (key, limit) => counter.clear(key, limit),
    networkOf: ({ ip }: { ip?: string }) => normalizeIP(ip ?? GONE, IPV6_PREFIX),
  } satisfies RateLimiter
}
