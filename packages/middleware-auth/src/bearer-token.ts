import { errors } from '@json-express/core'
import type { FastifyRequest } from 'fastify'

const BEARER = /^Bearer ([^\s,]+)$/i

/** The token of the Authorization header (RFC 6750 section 2.1), `undefined` without one. Throws `INVALID_TOKEN`. */
export function bearerToken({ headers, raw }: FastifyRequest): string | undefined {
  const { authorization } = headers
  if (authorization === undefined) return undefined
  // Node keeps the first of several; a proxy in front may have looked at another one
  const several = raw.rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === 'authorization').length > 1
  const token = BEARER.exec(authorization)?.[1]
  if (several || token === undefined) throw new errors.InvalidToken({ cause: 'the header is not one Bearer token' })
  return token
}

/** The challenge of a 401 (RFC 6750 section 3): an error only where a token was sent. */
export function bearerChallenge({ headers }: FastifyRequest): string {
  return headers.authorization === undefined ? 'Bearer' : 'Bearer error="invalid_token"'
}
