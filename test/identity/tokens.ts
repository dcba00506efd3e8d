import { createHmac } from 'node:crypto'
import { SignJWT } from 'jose'

/** What the servers of these tests sign with, so that a test can sign too. */
export const SECRET = 'Jt7cQw2nZp9LxVf4Rk8sHd3mYb6GaTe1'

export type Claims = Record<string, unknown>

/** The claims of an access token that was issued just now. */
export function claimsOf(sub: string, tv: number, changes: Claims = {}): Claims {
  const iat = Math.floor(Date.now() / 1000)
  return { sub, role: 'user', sid: 'no session', tv, jti: `${sub}-${tv}`, iat, exp: iat + 900, ...changes }
}

/** A token as a library of others makes it, with the server's own secret unless told otherwise. */
export function signed(
  claims: Claims,
  { alg = 'HS256', typ = 'at+jwt', key = new TextEncoder().encode(SECRET) }: SignOptions = {},
): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg, typ }).sign(key)
}

export interface SignOptions {
  alg?: string
  typ?: string
  key?: Parameters<SignJWT['sign']>[0]
}

/** A token that no library would make: any header, signed with the server's secret or any bytes. */
export function forged(header: unknown, claims: unknown, key: string | Buffer = SECRET, hash = 'sha256'): string {
  const input = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${input}.${createHmac(hash, key).update(input).digest('base64url')}`
}
