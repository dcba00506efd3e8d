import { isDeepStrictEqual } from 'node:util'
import { ACCESS_TOKEN_TYPE, errors } from '@json-express/core'

/** Ours are below 1 KiB; no honest client sends more. */
const MAX_LENGTH = 8192
const COMPACT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/
const HEADER = { alg: 'HS256', typ: ACCESS_TOKEN_TYPE }

/**
 * Refuses what is not exactly the compact form that we sign (RFC 7515 section 7.1): other sizes and alphabets, bits that
 * no encoder leaves behind, JSON that two readers could read differently, any header but ours (libraries take
 * `application/at+jwt` and other cases for the same type).
 * Throws `INVALID_TOKEN`. Says nothing about the signature.
 */
export function assertCanonical(token: string): void {
  if (token.length > MAX_LENGTH || !COMPACT.test(token)) throw new errors.InvalidToken()
  const [header = '', payload = '', signature = ''] = token.split('.')
  if (Buffer.from(signature, 'base64url').toString('base64url') !== signature) throw new errors.InvalidToken()
  if (!isDeepStrictEqual(compactJson(header), HEADER)) throw new errors.InvalidToken()
  compactJson(payload)
}

/** The object that the part encodes, provided that encoding it again gives the same part. */
function compactJson(part: string): object {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
    const again = Buffer.from(JSON.stringify(value)).toString('base64url')
    if (again === part && typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  } catch {
    // not JSON: refused below, like everything else
  }
  throw new errors.InvalidToken()
}
