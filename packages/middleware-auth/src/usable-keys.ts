import { createPublicKey, type KeyObject } from 'node:crypto'
import type { ExternalAlgorithm } from '@json-express/core'
import type { JWK } from 'jose'
import { weaknessOf } from './weak-key.js'

/** Providers publish a handful; every key is one more to try for a token that names none. */
const MAX_KEYS = 100
const MEMBERS = ['kty', 'kid', 'alg', 'n', 'e', 'crv', 'x', 'y']
const SECRET_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv']
const CURVES = new Map<unknown, readonly string[]>([
  ['P-256', ['ES256']],
  ['P-384', ['ES384']],
  ['P-521', ['ES512']],
  ['Ed25519', ['EdDSA', 'Ed25519']], // one algorithm, by its old name and by that of RFC 9864
])

type Members = Record<string, unknown>

export interface UsableKeys {
  /** With the members that verifying needs, and no others. */
  keys: JWK[]
  /** What is wrong with the keys that were left out, one readable line each. */
  refused: string[]
}

/**
 * The keys of a set (RFC 7517) by which tokens of these algorithms may be verified. Keys for something else are passed
 * over, bad ones are refused. Throws when none is left.
 */
export function usableKeys(set: unknown, algorithms: readonly ExternalAlgorithm[]): UsableKeys {
  const listed = isObject(set) && Array.isArray(set.keys) ? set.keys : undefined
  if (listed === undefined) throw new Error('it is not a JSON Web Key Set')
  if (listed.length > MAX_KEYS) throw new Error(`it has more than ${MAX_KEYS} keys`)
  const refused: string[] = []
  const good: { jwk: Members; key: KeyObject }[] = []
  for (const jwk of listed) {
    if (!isObject(jwk)) refused.push('a key is not an object')
    else if (isForUs(jwk, algorithms)) {
      const key = strongKey(jwk)
      if (typeof key === 'string') refused.push(`${nameOf(jwk)} ${key}`)
      else good.push({ jwk, key })
    }
  }
  const keys = good.filter(({ jwk, key }, index) => {
    const named = good.filter((other) => jwk.kid !== undefined && isSame(other.jwk, jwk, 'kid', 'kty'))
    const unique = named.every((other) => other.key.equals(key))
    if (!unique) refused.push(`${nameOf(jwk)} shares its kid with another key`)
    const twin = named.find((other) => isSame(other.jwk, jwk, 'alg')) // the same key twice is one key
    return unique && (twin === undefined || twin === good[index])
  })
  if (keys.length > 0) return { keys: keys.map(({ jwk }) => pick(jwk)), refused }
  throw new Error([`it has no usable key for ${algorithms.join(', ')}`, ...refused].join('; '))
}

/** Whether the key says that it verifies signatures of one of the algorithms. Symmetric ones are looked at, to be refused. */
function isForUs({ kty, crv, alg, use, key_ops: operations }: Members, algorithms: readonly string[]): boolean {
  if (kty === 'oct') return true
  if (use !== undefined && use !== 'sig') return false
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) return false
  const fits = (algorithm: string) =>
    kty === 'RSA' ? /^[RP]S/.test(algorithm) : CURVES.get(crv)?.includes(algorithm) === true
  return algorithms.some((algorithm) => fits(algorithm) && (alg === undefined || alg === algorithm))
}

/** The key, or what is wrong with it. */
function strongKey(jwk: Members): KeyObject | string {
  if (SECRET_MEMBERS.some((name) => Object.hasOwn(jwk, name))) return 'is not a public key'
  if (jwk.kid !== undefined && typeof jwk.kid !== 'string') return 'has a kid that is not a string'
  let key: KeyObject
  try {
    key = createPublicKey({ key: jwk as JWK, format: 'jwk' })
  } catch {
    return 'is malformed'
  }
  return weaknessOf(key) ?? key
}

function isSame(one: Members, other: Members, ...names: readonly string[]): boolean {
  return names.every((name) => one[name] === other[name])
}

function pick(jwk: Members): JWK {
  return Object.fromEntries(MEMBERS.filter((name) => Object.hasOwn(jwk, name)).map((name) => [name, jwk[name]])) as JWK
}

function nameOf({ kid }: Members): string {
  return typeof kid === 'string' ? `key ${JSON.stringify(kid).slice(0, 80)}` : 'a key without kid'
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
