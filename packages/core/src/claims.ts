import type { User } from './user.js'

/** Claims of a local access token (RFC 9068, without personal data). Times and `iss`/`aud` are added by the signer. */
export interface AccessTokenClaims {
  sub: string
  role: string
  /** The session it belongs to (the `sid` of OpenID Connect). */
  sid: string
  /** The tokenVersion of the user's row when the token was signed. */
  tv: number
  jti: string
}

/** The `typ` of a local access token (RFC 9068 section 2.1). */
export const ACCESS_TOKEN_TYPE = 'at+jwt'

/** What a user's row says about a token, read at every request. */
export interface UserState {
  id: string
  role: string
  tokenVersion: number
  disabled: boolean
}

/** What every session record says, whatever else its issuer keeps there. */
export interface SessionState {
  userId: string
}

/** Where the KV store has the record of a session. A session lives as long as this record does. */
export function sessionKey(sessionId: string): string {
  return `identity:session:${sessionId}`
}

/** The claims to sign for a user. */
export function claimsFromUser(
  user: Pick<UserState, 'id' | 'role' | 'tokenVersion'>,
  { sessionId, tokenId }: { sessionId: string; tokenId: string },
): AccessTokenClaims {
  return { sub: user.id, role: user.role, sid: sessionId, tv: user.tokenVersion, jti: tokenId }
}

/** The caller that verified claims and the row make, or `null` when the row no longer stands by the token. */
export function userFromClaims(claims: AccessTokenClaims, row: UserState | undefined): User | null {
  if (row === undefined || row.id !== claims.sub || row.disabled !== false) return null
  if (!Number.isSafeInteger(claims.tv) || row.tokenVersion !== claims.tv) return null
  return { id: row.id, role: row.role, sessionId: claims.sid, claims: { ...claims } }
}
