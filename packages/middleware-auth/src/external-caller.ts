import { type ExternalTokens, errors } from '@json-express/core'
import { type JWTVerifyOptions, errors as jose, jwtVerify } from 'jose'
import type { CallerOf } from './caller.js'
import { EXTERNAL_TOLERANCE_SECONDS, type ExternalClaims, readExternalClaims } from './external-claims.js'
import { rolesOf } from './external-roles.js'
import type { LinkCheck } from './identity-links.js'
import type { KeySet } from './jwks.js'
import { readTokenForm } from './token-form.js'
import { createTokenMemory } from './token-memory.js'

/** Makes the function from a token of an identity provider to its caller. No user of this server is needed. */
export function createExternalCaller(
  external: Readonly<ExternalTokens>,
  keySet: KeySet,
  checkLink: LinkCheck | null,
): CallerOf {
  const memory = createTokenMemory<ExternalClaims>(EXTERNAL_TOLERANCE_SECONDS * 1000)
  const options: JWTVerifyOptions = {
    algorithms: [...external.algorithms],
    clockTolerance: EXTERNAL_TOLERANCE_SECONDS,
    requiredClaims: ['iss', 'sub', 'exp'],
    ...(external.issuer !== null && { issuer: external.issuer }),
  }

  return async (token) => {
    const claims = memory.recall(entryOf(token)) ?? readExternalClaims(readTokenForm(token), external)
    await keySet.ready() // may bring other keys, and then the token is not known any more
    const entry = entryOf(token)
    if (memory.recall(entry) === undefined) {
      await verifySignature(token, keySet, options)
      memory.remember(entry, claims)
    }
    await checkLink?.(claims)
    const roles = rolesOf(claims, external.roleClaim)
    const [role = 'user'] = roles
    return { id: claims.sub, role, ...(roles.length > 0 && { roles }), sessionId: null, claims }
  }

  /** What is remembered ends with the keys that verified it. */
  function entryOf(token: string): string {
    return `${keySet.generation} ${token}`
  }
}

/** Signature and time, by the key that the token names, or by each that fits where it names none. */
async function verifySignature(token: string, keySet: KeySet, options: JWTVerifyOptions): Promise<void> {
  try {
    await jwtVerify(token, keySet.key, options)
  } catch (error) {
    if (error instanceof jose.JWKSMultipleMatchingKeys) return verifyByAny(token, error, options)
    throw refusal(error)
  }
}

async function verifyByAny(token: string, keys: jose.JWKSMultipleMatchingKeys, options: JWTVerifyOptions) {
  for await (const key of keys) {
    try {
      await jwtVerify(token, key, options)
      return
    } catch (error) {
      if (!(error instanceof jose.JWSSignatureVerificationFailed)) throw refusal(error)
    }
  }
  throw new errors.InvalidToken()
}

/** jose checks the signature before the claims, so what has expired was good. */
function refusal(error: unknown): unknown {
  if (error instanceof jose.JWTExpired) return new errors.TokenExpired()
  return error instanceof errors.Unavailable ? error : new errors.InvalidToken()
}
