import t from 'tap'
import { externalApp, rsa } from './external-app.js'
import { now } from './forge.js'
import { jwkOf, keyPair, mint } from './provider.js'

const time = () => ({ iat: now(), exp: now() + 3600 })

interface Shape {
  settings: Record<string, string>
  header?: Record<string, unknown>
  claims: Record<string, unknown>
  user: { id: string; role: string; roles?: string[] }
  /** The same token for somebody else. */
  refused: Record<string, unknown>
}

/** Access tokens as the documentation of each provider describes them. */
const shapes: Record<string, Shape> = {
  Auth0: {
    settings: {
      jwksIssuer: 'https://tenant.eu.auth0.com/',
      jwksAudience: 'https://api.example.com',
      roleClaim: 'https://example.com/roles',
    },
    header: { alg: 'RS256', typ: 'JWT', kid: rsa.kid },
    claims: {
      iss: 'https://tenant.eu.auth0.com/',
      sub: 'auth0|507f1f77bcf86cd799439020',
      aud: ['https://api.example.com', 'https://tenant.eu.auth0.com/userinfo'],
      azp: 'my_client_id',
      scope: 'openid profile',
      'https://example.com/roles': ['editor', 'admin'],
    },
    user: { id: 'auth0|507f1f77bcf86cd799439020', role: 'editor', roles: ['editor', 'admin'] },
    refused: { aud: ['https://tenant.eu.auth0.com/userinfo'] },
  },
  Cognito: {
    settings: {
      jwksIssuer: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_abc',
      jwksAudience: 'xxxxxxxxxxxxexample',
      roleClaim: 'cognito:groups',
    },
    header: { alg: 'RS256', kid: rsa.kid },
    claims: {
      iss: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_abc',
      sub: 'aaaaaaaa-bbbb-cccc-dddd-example',
      client_id: 'xxxxxxxxxxxxexample',
      token_use: 'access',
      'cognito:groups': ['editor'],
      version: 2,
      username: 'eve',
      auth_time: now(),
      jti: 'j',
    },
    user: { id: 'aaaaaaaa-bbbb-cccc-dddd-example', role: 'editor', roles: ['editor'] },
    refused: { client_id: 'anotherclient' },
  },
  Okta: {
    settings: { jwksIssuer: 'https://dev-1.okta.com/oauth2/default', jwksAudience: 'api://default', roleClaim: 'scp' },
    header: { alg: 'RS256', kid: rsa.kid },
    claims: {
      ver: 1,
      jti: 'AT.x',
      iss: 'https://dev-1.okta.com/oauth2/default',
      aud: 'api://default',
      cid: 'client',
      uid: '00u1',
      scp: ['editor', 'openid', 'Articles.Write'],
      sub: 'eve@example.com',
    },
    user: { id: 'eve@example.com', role: 'editor', roles: ['editor', 'openid'] },
    refused: { iss: 'https://dev-1.okta.com/oauth2/other' },
  },
  Entra: {
    settings: {
      jwksIssuer: 'https://login.microsoftonline.com/11111111-2222/v2.0',
      jwksAudience: '6e74172b-be56-4843-9ff4-e66a39bb12e3',
      roleClaim: 'roles',
    },
    header: { typ: 'JWT', alg: 'RS256', kid: rsa.kid, x5t: 'some-thumbprint' },
    claims: {
      aud: '6e74172b-be56-4843-9ff4-e66a39bb12e3',
      iss: 'https://login.microsoftonline.com/11111111-2222/v2.0',
      nbf: now(),
      oid: '690222be-ff1a-4d56-abd1-7e4f7d38e474',
      sub: 'HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ',
      tid: '11111111-2222',
      roles: ['editor'],
      ver: '2.0',
    },
    user: { id: 'HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ', role: 'editor', roles: ['editor'] },
    refused: { iss: 'https://login.microsoftonline.com/99999999-9999/v2.0' },
  },
  Keycloak: {
    settings: {
      jwksIssuer: 'https://sso.example.com/realms/app',
      jwksAudience: 'account',
      roleClaim: 'realm_access.roles',
    },
    header: { alg: 'RS256', typ: 'JWT', kid: rsa.kid },
    claims: {
      iss: 'https://sso.example.com/realms/app',
      aud: 'account',
      sub: 'f:1:eve',
      jti: 'onrtac:5c1d9c0e-6f0a-4a5b-9a57-1f9d5e3f8a11',
      typ: 'Bearer',
      azp: 'web',
      acr: '1',
      'allowed-origins': ['https://app.example.com'],
      realm_access: { roles: ['offline_access', 'editor'] },
      resource_access: { account: { roles: ['manage-account'] } },
      scope: 'openid email profile',
      email_verified: true,
      preferred_username: 'eve',
    },
    user: { id: 'f:1:eve', role: 'offline_access', roles: ['offline_access', 'editor'] },
    // what it adds for a user's session, unless a mapper takes it out
    refused: { sid: '0f7a3c52-94a5-4c55-8a3f-5d3f0a0f4a10' },
  },
  Firebase: {
    settings: { jwksIssuer: 'https://securetoken.google.com/my-project', jwksAudience: 'my-project' },
    header: { alg: 'RS256', kid: rsa.kid, typ: 'JWT' },
    claims: {
      iss: 'https://securetoken.google.com/my-project',
      aud: 'my-project',
      auth_time: now(),
      user_id: 'eve',
      sub: 'eve',
      firebase: { identities: {}, sign_in_provider: 'custom' },
    },
    user: { id: 'eve', role: 'user' },
    refused: { iss: 'https://securetoken.google.com/evil-project', aud: 'evil-project' },
  },
}

for (const [name, { settings, header, claims, user, refused }] of Object.entries(shapes)) {
  t.test(name, async (t) => {
    const { get, close, provider } = await externalApp(settings)
    t.teardown(close)
    const unused = { ...jwkOf(keyPair('RS256', 'enc')), alg: 'RSA-OAEP', use: 'enc' }
    provider.answer([unused, jwkOf(rsa, { x5c: ['MIIC'], x5t: 'x' })])
    const payload = { ...claims, ...time() }
    t.strictSame((await get(`Bearer ${mint(rsa, payload, header)}`)).body, {
      user: { ...user, sessionId: null, claims: payload },
    })
    const other = await get(`Bearer ${mint(rsa, { ...payload, ...refused }, header)}`)
    t.match(other, { status: 401, code: 'INVALID_TOKEN' }, JSON.stringify(refused))
  })
}

t.test(
  'a key set that strangers share, and any issuer: their tokens pass, which is what the word any says',
  async (t) => {
    const { get, close } = await externalApp({ jwksIssuer: 'any', jwksAudience: 'any' })
    t.teardown(close)
    const stranger = { iss: 'https://securetoken.google.com/evil-project', aud: 'evil-project', sub: 'eve', ...time() }
    t.match(await get(`Bearer ${mint(rsa, stranger)}`), { status: 200 })
    t.match(await get(`Bearer ${mint(rsa, { ...stranger, iss: undefined })}`), { status: 401 })
  },
)
