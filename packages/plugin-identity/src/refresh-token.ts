import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import type { LocalTokens } from '@json-express/core'

const SESSION_BYTES = 16
const GENERATION_BYTES = 4
const BYTES = SESSION_BYTES + GENERATION_BYTES + 32
const FORM = /^[A-Za-z0-9_-]{70}$/

/** What a refresh token says before anybody knows whether it is genuine. */
export interface RefreshToken {
  sessionId: string
  /** How often the session had been refreshed when the token was made. */
  generation: number
  mac: Buffer
}

/** The part of a session record that its refresh tokens are bound to. */
export interface TokenSeed {
  id: string
  /** Random, so that neither the store nor the secret alone makes a token. */
  salt: string
}

export interface RefreshTokens {
  /** The one token of this generation: asking again gives the same, and none has to be stored. */
  issue(session: TokenSeed, generation: number): string
  /** `null`: not a refresh token at all. */
  parse(text: string): RefreshToken | null
  /** Whether we made it, with the present secret or a previous one. */
  isGenuine(token: RefreshToken, session: TokenSeed): boolean
}

/**
 * Refresh tokens: opaque to clients, authenticated by 256 bits of HMAC-SHA256 over session and generation, under a key
 * derived from the secret (HKDF, RFC 5869). Nothing of them is kept anywhere.
 */
export function createRefreshTokens({ secret, previousSecrets }: LocalTokens): RefreshTokens {
  const keys = [secret, ...previousSecrets].map(keyOf)
  const [key = Buffer.alloc(0)] = keys

  return {
    issue(session, generation) {
      const head = Buffer.alloc(SESSION_BYTES + GENERATION_BYTES)
      head.write(session.id, 'base64url')
      head.writeUInt32BE(generation, SESSION_BYTES)
      return Buffer.concat([head, macOf(key, session, generation)]).toString('base64url')
    },

    parse(text) {
      const bytes = FORM.test(text) ? Buffer.from(text, 'base64url') : null
      if (bytes?.length !== BYTES || bytes.toString('base64url') !== text) return null
      return {
        sessionId: bytes.toString('base64url', 0, SESSION_BYTES),
        generation: bytes.readUInt32BE(SESSION_BYTES),
        mac: bytes.subarray(SESSION_BYTES + GENERATION_BYTES),
      }
    },

    isGenuine: ({ generation, mac }, session) =>
      keys.some((candidate) => timingSafeEqual(macOf(candidate, session, generation), mac)),
  }
}

function keyOf(secret: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', 'json-express refresh token', 32))
}

function macOf(key: Buffer, { id, salt }: TokenSeed, generation: number): Buffer {
  return createHmac('sha256', key).update(`${id}.${salt}.${generation}`).digest()
}
