import type { FastifyRequest } from 'fastify'

/** At most `max` in any window of `windowMs` milliseconds; windows are fixed, they start at multiples of their length. */
export interface RateLimit {
  max: number
  windowMs: number
}

export interface RateLimitState {
  /** Whether the count is within the limit. */
  allowed: boolean
  /** Uses in the current window, this one included. */
  count: number
  /** Milliseconds until the window ends. */
  resetMs: number
}

/**
 * Counts uses per key in the KV store, so that instances share what they count. While the store fails it counts in this
 * process alone: neither open nor closed. Provided as `app.rateLimiter` by the capability `ratelimit`.
 */
export interface RateLimiter {
  /** Counts `cost` uses (default 1, negative gives back) in one atomic step. */
  consume(key: string, limit: RateLimit, cost?: number): Promise<RateLimitState>

  /** The state without counting anything. */
  peek(key: string, limit: RateLimit): Promise<RateLimitState>

  /** Starts the current window anew. */
  reset(key: string, limit: RateLimit): Promise<void>

  /**
   * The limit that `jex.ratelimit.<name>` sets, for counting what no route counts by itself; `null` while
   * `jex.ratelimit.enabled` is false. Throws on a name that no setting has.
   */
  limitOf(name: string): RateLimit | null

  /**
   * The client's network in canonical form: an IPv4 address, or the /64 of an IPv6 one (a single host owns all of it);
   * IPv4-mapped addresses are IPv4. Of `request.ip`, so only what `trustProxy` believes.
   */
  networkOf(request: Pick<FastifyRequest, 'ip'>): string
}
