import { retryAfter } from '@json-express/core'
import { identityErrors } from './errors.js'

const SOONEST_MS = 1000
const SPREAD_MS = 4000

/** A 503 whose `Retry-After` differs from client to client, so that they do not all come again in the same second. */
export function busy(): Error {
  return retryAfter(new identityErrors.Busy(), SOONEST_MS + Math.random() * SPREAD_MS)
}
