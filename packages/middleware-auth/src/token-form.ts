import { isDeepStrictEqual } from 'node:util'
import { ACCESS_TOKEN_TYPE, errors } from '@json-express/core'
import { parseStrictJson } from './strict-json.js'

/** Ours are below 1 KiB, and no honest client sends more than this. */
const MAX_LENGTH = 8192
const COMPACT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/

export type JsonObject = Readonly<Record<string, unknown>>

/** What a token says of itself. Nothing of it is proven. */
export interface TokenForm {
  header: JsonObject
  payload: JsonObject
}

/**
 * Reads a token that is a compact JWS in its one spelling (RFC 7515 section 7.1): no other sizes and alphabets, no bits
 * that no encoder leaves behind, no JSON that two readers could read differently.
 * Throws `INVALID_TOKEN`. Says nothing about the signature.
 */
export function readTokenForm(token: string): TokenForm {
  if (token.length > MAX_LENGTH || !COMPACT.test(token)) {
    throw new errors.InvalidToken({ cause: 'it is no compact JWS, or too long' })
  }
  const [header, payload, signature = ''] = token.split('.')
  if (Buffer.from(signature, 'base64url').toString('base64url') !== signature) {
    throw new errors.InvalidToken({ cause: 'its signature has another spelling' })
  }
  return { header: jsonObject(header), payload: jsonObject(payload) }
}

/**
 * Refuses what is not spelled exactly as this server does: another header (libraries take `application/at+jwt` and other
 * cases for the same type), white space, escapes. Throws `INVALID_TOKEN`.
 */
export function assertOwnForm(token: string, algorithms: readonly string[]): void {
  const { header, payload } = readTokenForm(token)
  const own = algorithms.some((alg) => isDeepStrictEqual({ ...header }, { alg, typ: ACCESS_TOKEN_TYPE }))
  const spelling = [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  if (!own || !token.startsWith(`${spelling}.`)) {
    throw new errors.InvalidToken({ cause: 'it is not spelled as this server does' })
  }
}

/** The `alg` that a token claims, to choose who verifies it; the choice proves nothing. */
export function claimedAlgorithm(token: string): string | undefined {
  if (token.length > MAX_LENGTH) return undefined
  try {
    const { alg } = JSON.parse(Buffer.from(token.slice(0, token.indexOf('.')), 'base64url').toString('utf8'))
    return typeof alg === 'string' ? alg : undefined
  } catch {
    return undefined // refused like everything else that is no token
  }
}

function jsonObject(part = ''): JsonObject {
  try {
    const value = parseStrictJson(Buffer.from(part, 'base64url'))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject
  } catch {
    // not JSON: refused below, like everything else
  }
  throw new errors.InvalidToken({ cause: 'its header or payload is no strict JSON' })
}
