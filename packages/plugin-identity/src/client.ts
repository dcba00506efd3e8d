import type { RateLimiter } from '@json-express/core'
import type { FastifyRequest } from 'fastify'
import { addressOf } from './client-address.js'
import { type EventDetails, type IdentityEvent, logEvent } from './events.js'

const MAX_USER_AGENT = 256

/** Who is at the other end of a request, as far as anybody can tell. */
export interface Client {
  /** `unknown` once the connection is gone. */
  address: string
  /** The IPv4 address, or the /64 of an IPv6 one. */
  network: string
  /** As sent, cut to 256 characters; `''` without one. */
  userAgent: string
  /** Aborts when the connection closes before it was answered: work that still waits is for nobody. */
  signal?: AbortSignal | undefined
  /** Logs an event about a user that this client has caused. */
  log(event: IdentityEvent, userId: unknown, details?: EventDetails): void
}

export function clientOf(
  request: Pick<FastifyRequest, 'ip' | 'headers' | 'hungUp' | 'log' | 'user'>,
  rateLimiter: Pick<RateLimiter, 'networkOf'>,
): Client {
  const userAgent = (request.headers['user-agent'] ?? '').slice(0, MAX_USER_AGENT)
  return {
    address: addressOf(request),
    network: rateLimiter.networkOf(request),
    userAgent,
    signal: request.hungUp ?? undefined,
    log: (event, userId, details) => logEvent(request, event, userId, details),
  }
}
