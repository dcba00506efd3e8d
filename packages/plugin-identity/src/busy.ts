import { retryAfter } from '@json-express/core'
import { identityErrors } from './errors.js'

const SOONEST_MS = 1000
const LEAST_SPREAD_MS = 4000
const MOST_SPREAD_MS = 60_000
/** About what a hash takes where two are computed at once: each client who is refused is one more to come again. */
const TURN_MS = 10
const MEMORY_MS = 10_000

let crowd = { since: 0, size: 0 }

/**
 * A 503 whose `Retry-After` differs from client to client and grows with the crowd, so that they come again over about the
 * time it takes to serve them, and not all in the same second.
 */
export function busy(): Error {
  const now = Date.now()
  if (now - crowd.since > MEMORY_MS) crowd = { since: now, size: 0 }
  crowd.size++
  const spread = Math.min(MOST_SPREAD_MS, LEAST_SPREAD_MS + crowd.size * TURN_MS)
  return retryAfter(new identityErrors.Busy(), SOONEST_MS + Math.random() * spread)
}
