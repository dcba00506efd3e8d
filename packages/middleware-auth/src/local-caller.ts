import { type AuthSettings, errors, userFromClaims } from '@json-express/core'
import type { FastifyInstance } from 'fastify'
import type { CallerOf } from './caller.js'
import { CLOCK_TOLERANCE_MS, type Hmac, type VerifiedClaims } from './hmac.js'
import { createSessionLookup, type UserLookup } from './revocation.js'
import { createTokenMemory } from './token-memory.js'

/** Makes the function from a token of this server to its caller: signature and claims, then the row, then the session. */
export function createLocalCaller(
  app: FastifyInstance,
  { sessionCheck }: Pick<AuthSettings, 'sessionCheck'>,
  hmac: Hmac,
  users: UserLookup | null,
): CallerOf {
  const memory = createTokenMemory<VerifiedClaims>(CLOCK_TOLERANCE_MS)
  const sessions = sessionCheck && users !== null && app.hasDecorator('kv') ? createSessionLookup(app.kv) : null
  if (users === null) app.log.warn('there is no users collection: tokens are checked by signature and expiry alone')
  else if (sessionCheck && sessions === null) app.log.warn('there is no KV store: the end of a session ends no token')

  return async (token) => {
    const claims = memory.recall(token) ?? verified(token)
    const row = users === null ? rowOf(claims) : await users(claims.sub)
    const user = userFromClaims(claims, row)
    if (user === null) throw new errors.TokenRevoked()
    if (sessions !== null && (await sessions(claims.sid))?.userId !== user.id) throw new errors.TokenRevoked()
    return user
  }

  function verified(token: string): VerifiedClaims {
    const claims = hmac.verify(token)
    memory.remember(token, claims)
    return claims
  }
}

/** Without users a token speaks for itself. */
function rowOf({ sub, role, tv }: VerifiedClaims) {
  return { id: sub, role, tokenVersion: tv, disabled: false }
}
