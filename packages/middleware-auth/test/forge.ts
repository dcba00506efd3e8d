import { createHmac } from 'node:crypto'

export const SECRET = 'k3'.repeat(24)

type Json = Record<string, unknown>

export interface Forgery {
  header?: Json | string | Buffer
  payload?: unknown
  key?: string | Buffer
  hash?: 'sha256' | 'sha384' | 'sha512'
}

export const now = () => Math.floor(Date.now() / 1000)

/** The claims of an honest token of Ann. */
export function claims(changes: Json = {}): Json {
  const iat = now()
  const { sub = 'ann' } = changes
  return { sub, role: 'user', sid: `s-${sub}`, tv: 0, jti: 'j', iat, exp: iat + 900, ...changes }
}

export function without(name: string): Json {
  return Object.fromEntries(Object.entries(claims()).filter(([key]) => key !== name))
}

export function encode(part: unknown): string {
  if (Buffer.isBuffer(part)) return part.toString('base64url')
  return Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url')
}

/** A signed token without the checks of any library: whatever is asked for. */
export function forge({ header, payload, key = SECRET, hash = 'sha256' }: Forgery = {}): string {
  const input = `${encode(header ?? { alg: 'HS256', typ: 'at+jwt' })}.${encode(payload ?? claims())}`
  return `${input}.${createHmac(hash, key).update(input).digest('base64url')}`
}

/** An honest token with other header parameters. */
export function withHeader(changes: Json): string {
  return forge({ header: { alg: 'HS256', typ: 'at+jwt', ...changes } })
}
