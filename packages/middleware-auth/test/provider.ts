import { constants, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { encode, now } from './forge.js'

type Json = Record<string, unknown>

export interface KeyPair {
  kid: string
  alg: string
  privateKey: KeyObject
  publicKey: KeyObject
}

export const ISSUER = 'https://id.example/'
export const AUDIENCE = 'https://api.example'

const PAIRS = {
  RS: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  PS: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ES: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  Ed: () => generateKeyPairSync('ed25519'),
}

export function keyPair(alg = 'RS256', kid = `${alg}-key`): KeyPair {
  return { kid, alg, ...PAIRS[alg.slice(0, 2) as keyof typeof PAIRS]() }
}

export function jwkOf({ publicKey, kid, alg }: KeyPair, changes: Json = {}): Json {
  return { ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig', ...changes }
}

/** The claims of an honest token of an identity provider. */
export function externalClaims(changes: Json = {}): Json {
  const iat = now()
  return { iss: ISSUER, aud: AUDIENCE, sub: 'auth0|eve', iat, exp: iat + 3600, ...changes }
}

/** A token signed by the key, with whatever header and payload are asked for. */
export function mint(
  pair: KeyPair,
  payload: unknown = externalClaims(),
  header: Json | string = { alg: pair.alg, typ: 'JWT', kid: pair.kid },
): string {
  const input = `${encode(header)}.${encode(payload)}`
  return `${input}.${encode(signatureOf(pair, input))}`
}

export function signatureOf({ alg, privateKey: key }: Pick<KeyPair, 'alg' | 'privateKey'>, input: string): Buffer {
  const bytes = Buffer.from(input)
  const hash = `sha${alg.slice(2)}`
  if (alg === 'EdDSA') return sign(null, bytes, key)
  if (alg.startsWith('ES')) return sign(hash, bytes, { key, dsaEncoding: 'ieee-p1363' })
  if (alg.startsWith('RS')) return sign(hash, bytes, key)
  return sign(hash, bytes, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: Number(alg.slice(2)) / 8 })
}

export type Respond = (response: ServerResponse, request: IncomingMessage) => void

export interface Provider {
  jwksUri: string
  /** How often the key set was asked for. */
  requests: number
  /** Answers the requests from now on; a list is a key set. */
  answer(with_: Respond | readonly unknown[]): void
  /** Resolves with the next request. */
  asked(): Promise<unknown>
  /** Stops listening, and listens on the same port again. */
  stop(): Promise<void>
  start(): Promise<void>
}

export const json =
  (body: unknown): Respond =>
  (response) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(body))
  }

/** A key server whose answers are scripted, on a free port. */
export async function startProvider(first: Respond | readonly unknown[], path = '/jwks'): Promise<Provider> {
  let respond: Respond
  let port = 0
  const server = createServer((request, response) => {
    provider.requests++
    respond(response, request)
  })
  const provider: Provider = {
    jwksUri: '',
    requests: 0,
    answer(with_) {
      respond = typeof with_ === 'function' ? with_ : json({ keys: with_ })
    },
    asked: () => once(server, 'request'),
    async stop() {
      if (!server.listening) return
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
    async start() {
      server.listen(port, '127.0.0.1')
      await once(server, 'listening')
      port = (server.address() as AddressInfo).port
      provider.jwksUri = `http://127.0.0.1:${port}${path}`
    },
  }
  provider.answer(first)
  await provider.start()
  return provider
}
