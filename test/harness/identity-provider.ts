import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { exportJWK, SignJWT } from 'jose'

export const ISSUER = 'https://id.example.com/'
export const AUDIENCE = 'https://api.example.com'

interface Teardown {
  teardown(fn: () => unknown): void
}

/** A key set on this machine, and the tokens that its owner would issue. */
export async function identityProvider(t: Teardown) {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const key = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [key] }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    jwksUri: `http://127.0.0.1:${port}/jwks.json`,
    sign: (claims: Record<string, unknown> = {}) =>
      new SignJWT({ iss: ISSUER, aud: AUDIENCE, sub: 'auth0|1', ...claims })
        .setProtectedHeader({ alg: 'RS256', kid: 'one' })
        .setExpirationTime('5m')
        .sign(privateKey),
  }
}
