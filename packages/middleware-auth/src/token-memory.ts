import { errors } from '@json-express/core'
import { LRUCache } from 'lru-cache'

/** Enough for the clients of one instance; beyond it the least recently used are verified again. */
const MAX_TOKENS = 10_000
/** Of the tokens themselves, whose claims are about as large; those of an identity provider may have 8 KiB each. */
const MAX_BYTES = 16 * 1024 * 1024

/**
 * Remembers the claims of verified tokens by the exact token. A signature does not change its mind; whether a token has
 * expired is asked at every use, and whether it is revoked is never remembered at all.
 */
export interface TokenMemory<T> {
  /** The claims, `undefined` when the token has to be verified. Throws `TOKEN_EXPIRED`. */
  recall(token: string): T | undefined
  remember(token: string, claims: T): void
}

/** Makes a memory that lets clocks differ by `clockToleranceMs`. */
export function createTokenMemory<T extends { readonly exp: number }>(clockToleranceMs: number): TokenMemory<T> {
  const verified = new LRUCache<string, T>({
    max: MAX_TOKENS,
    maxSize: MAX_BYTES,
    sizeCalculation: (_claims, token) => token.length, // a token is ASCII
  })
  return {
    recall(token) {
      const claims = verified.get(token)
      if (claims === undefined || claims.exp * 1000 + clockToleranceMs > Date.now()) return claims
      verified.delete(token)
      throw new errors.TokenExpired()
    },
    remember: (token, claims) => void verified.set(token, claims),
  }
}
