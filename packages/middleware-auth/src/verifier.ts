import { type AccessTokenClaims, errors } from '@json-express/core'
import { LRUCache } from 'lru-cache'
import { CLOCK_TOLERANCE_MS, type Hmac, type VerifiedClaims } from './hmac.js'

/** Enough for the clients of one instance; beyond it the least recently used are verified again. */
const MAX_TOKENS = 10_000
const BEARER = /^Bearer ([^\s,]+)$/i

export type Verify = (authorization: string) => AccessTokenClaims

/**
 * Makes the function from an Authorization header (RFC 6750 section 2.1) to verified claims.
 *
 * A signature does not change its mind, so claims are remembered by the exact token, and only once verified; whether a
 * token has expired is asked at every use, and whether it is revoked is never remembered at all.
 */
export function createVerifier(hmac: Hmac): Verify {
  const verified = new LRUCache<string, VerifiedClaims>({ max: MAX_TOKENS })
  return (authorization) => {
    const token = BEARER.exec(authorization)?.[1]
    if (token === undefined) throw new errors.InvalidToken()
    const known = verified.get(token)
    if (known !== undefined) {
      if (known.exp * 1000 + CLOCK_TOLERANCE_MS > Date.now()) return known
      verified.delete(token)
      throw new errors.TokenExpired()
    }
    const claims = hmac.verify(token)
    verified.set(token, claims)
    return claims
  }
}
