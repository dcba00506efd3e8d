import { type ExternalTokens, errors } from '@json-express/core'
import { decodeProtectedHeader, type JWTVerifyOptions, errors as jose, jwtVerify } from 'jose'
import type { CallerOf } from './caller.js'
import {
  EXTERNAL_TOLERANCE_SECONDS,
  type ExternalClaims,
  type ExternalRules,
  readExternalClaims,
} from './external-claims.js'
import { rolesOf } from './external-roles.js'
import type { LinkCheck } from './identity-links.js'
import type { KeySet } from './jwks.js'
import { readTokenForm } from './token-form.js'
import { createTokenMemory } from './token-memory.js'

/** Makes the function from a token of an identity provider to its caller. No user of this server is needed. */
export function createExternalCaller(
  external: Readonly<ExternalTokens> & Pick<ExternalRules, 'localIssuer'>,
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

/**
 * Signature and time. A signature that is wrong may be right by a key that the provider has put in the place of another,
 * or beside one without names: that is found out like an unknown key.
 */
async function verifySignature(token: string, keySet: KeySet, options: JWTVerifyOptions): Promise<void> {
  const { generation } = keySet
  try {
    await verifyBySet(token, keySet, options)
  } catch (error) {
    if (!(error instanceof jose.JWSSignatureVerificationFailed)) throw refusal(error)
    if (!(await isRenewed(token, keySet, generation))) throw refusal(error)
    await verifyBySet(token, keySet, options).catch((again) => {
      throw refusal(again)
    })
  }
}

/** While fetching fails, a key that is named is the one that is known; where none is named it may be a new one. */
async function isRenewed(token: string, keySet: KeySet, generation: number): Promise<boolean> {
  try {
    return await keySet.renewed(generation)
  } catch (unavailable) {
    if (decodeProtectedHeader(token).kid === undefined) throw unavailable
    return false
  }
}

/** By the key that the token names, or by each that fits where it names none. */
async function verifyBySet(token: string, keySet: KeySet, options: JWTVerifyOptions): Promise<void> {
  try {
    await jwtVerify(token, keySet.key, options)
  } catch (error) {
    if (!(error instanceof jose.JWKSMultipleMatchingKeys)) throw error
    await verifyByAny(token, error, options)
  }
}

async function verifyByAny(token: string, keys: jose.JWKSMultipleMatchingKeys, options: JWTVerifyOptions) {
  for await (const key of keys) {
    try {
      await jwtVerify(token, key, options)
      return
    } catch (error) {
      // the claims are looked at after a good signature; whatever else it is, another key may do
      if (CLAIMS_REFUSED.some((refused) => error instanceof refused)) throw error
    }
  }
  throw new jose.JWSSignatureVerificationFailed()
}

const CLAIMS_REFUSED = [jose.JWTExpired, jose.JWTClaimValidationFailed, jose.JWTInvalid]

/** jose checks the signature before the claims, so what has expired was good. */
function refusal(cause: unknown): unknown {
  if (cause instanceof jose.JWTExpired) return new errors.TokenExpired()
  return cause instanceof errors.Unavailable ? cause : new errors.InvalidToken({ cause })
}
