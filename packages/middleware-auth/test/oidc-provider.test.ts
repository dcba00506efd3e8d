import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import Provider, { type JWKS } from 'oidc-provider'
import t, { type Test } from 'tap'
import { protectedApp } from './protected-app.js'
import { type KeyPair, keyPair } from './provider.js'

const API = 'https://api.example'
const CLIENT = { client_id: 'app', client_secret: 'a secret of the client' }

/** A real OpenID Connect provider in this process, whose signing keys can be replaced. */
async function startOidcProvider(t: Test, alg: 'RS256' | 'ES256' | 'EdDSA') {
  let handle: RequestListener
  const server = createServer((request, response) => handle(request, response)).listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  function rotate(...keys: readonly KeyPair[]): void {
    const jwks = keys.map(({ privateKey, kid }) => ({ ...privateKey.export({ format: 'jwk' }), kid, use: 'sig', alg }))
    const provider = new Provider(issuer, {
      jwks: { keys: jwks } as JWKS,
      clients: [
        {
          ...{ ...CLIENT, grant_types: ['client_credentials'], redirect_uris: [], response_types: [] },
          id_token_signed_response_alg: alg,
        },
      ],
      enabledJWA: { idTokenSigningAlgValues: [alg] },
      features: {
        devInteractions: { enabled: false },
        clientCredentials: { enabled: true },
        resourceIndicators: {
          enabled: true,
          getResourceServerInfo: () => ({
            ...{ scope: 'articles', audience: API, accessTokenFormat: 'jwt', accessTokenTTL: 600 },
            jwt: { sign: { alg } },
          }),
        },
      },
      extraTokenClaims: () => ({ 'https://example.com/roles': ['editor'] }),
    })
    handle = provider.callback()
  }

  async function token(): Promise<string> {
    const body = new URLSearchParams({ grant_type: 'client_credentials', resource: API, scope: 'articles', ...CLIENT })
    const response = await fetch(`${issuer}/token`, { method: 'POST', body })
    const answer = (await response.json()) as { access_token?: string }
    t.ok(answer.access_token, JSON.stringify(answer))
    return `Bearer ${answer.access_token}`
  }

  return { issuer, rotate, token }
}

for (const alg of ['RS256', 'ES256', 'EdDSA'] as const) {
  t.test(`oidc-provider signs with ${alg}, rotates, and drops a key`, async (t) => {
    const { issuer, rotate, token } = await startOidcProvider(t, alg)
    const [first, second] = [keyPair(alg, 'first'), keyPair(alg, 'second')]
    rotate(first)
    const { app, get } = await protectedApp({
      ...{ secret: undefined, algorithms: [alg], roleClaim: 'https://example.com/roles' },
      ...{ jwksUri: `${issuer}/jwks`, jwksIssuer: issuer, jwksAudience: API },
    })
    t.teardown(() => app.close())

    const old = await token()
    const answer = await get(old)
    t.match(answer, { status: 200, body: { user: { id: CLIENT.client_id, role: 'editor', sessionId: null } } })
    t.match(answer.body, { user: { claims: { iss: issuer, aud: API, client_id: CLIENT.client_id } } })

    rotate(second, first)
    const fresh = await token()
    t.notSame(fresh.split('.')[0], old.split('.')[0], 'signed by the new key')
    t.match(await Promise.all([get(fresh), get(old)]), [{ status: 200 }, { status: 200 }], 'both keys are published')

    rotate(second)
    const real = Date.now
    const clock = t.intercept(Date, 'now', { value: () => real() + 10 * 60_000 - 1000 })
    t.match(await get(old), { status: 200 }, 'while the old set may still be used')
    clock.restore()
    const later = t.intercept(Date, 'now', { value: () => real() + 10 * 60_000 + 10_000 })
    t.match(await get(old), { status: 401, code: 'INVALID_TOKEN' }, 'by a key that is not published any more')
    t.match(await get(fresh), { status: 200 })
    later.restore()
  })
}

t.test('for another audience, and from another issuer with the same key', async (t) => {
  const { issuer, rotate, token } = await startOidcProvider(t, 'ES256')
  rotate(keyPair('ES256', 'shared'))
  const jwksUri = `${issuer}/jwks`
  const settings = { secret: undefined, algorithms: ['ES256'], jwksUri, jwksIssuer: issuer, jwksAudience: API }
  for (const changes of [{ jwksAudience: 'https://other.example' }, { jwksIssuer: 'https://other.example' }]) {
    const { app, get } = await protectedApp({ ...settings, ...changes })
    t.match(await get(await token()), { status: 401, code: 'INVALID_TOKEN' }, JSON.stringify(changes))
    await app.close()
  }
})
