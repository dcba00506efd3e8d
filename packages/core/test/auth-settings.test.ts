import t from 'tap'
import Value from 'typebox/value'
import {
  ACCESS_TOKEN_TYPE,
  authSettingsSchema,
  claimsFromUser,
  type IConfigProvider,
  readAuthSettings,
  type UserState,
  userFromClaims,
} from '../src/index.js'

const DAY = 86_400_000
const AUTH = {
  ...{ previousSecrets: [], roleClaim: 'role', sessionCheck: true, exclude: [], required: true },
  ...{ tokenTtl: 900_000, refreshTtl: 7 * DAY, refreshMaxAge: 90 * DAY, refreshGrace: 30_000, maxSessions: 20 },
  ...{ allowRegistration: true, defaultRole: 'user', requireVerifiedEmail: false },
  ...{ verifyTtl: DAY, resetTtl: 1_800_000, inviteTtl: 3 * DAY },
  password: { minLength: 8, maxLength: 256, blocklist: true, requireLetterAndDigit: false },
  hash: { memoryKiB: 19_456, iterations: 2, parallelism: 1 },
  lockout: { maxFailures: 5, window: 900_000, duration: 900_000 },
  email: { appName: 'JSONExpress', locale: 'en' },
}
const SECRET = 's'.repeat(40)
const KEYS = 'https://id.example.com/jwks.json'

const IDS = { sessionId: 's1', tokenId: 'j1' }
const row: UserState = { id: 'u1', role: 'editor', tokenVersion: 3, disabled: false }

t.test('the defaults are those of the specification', async (t) => {
  const filled = Value.Default(authSettingsSchema, { password: {}, hash: {}, lockout: {}, email: {} })
  t.strictSame(filled, AUTH)
  t.ok(Value.Check(authSettingsSchema, filled))
})

t.test('refuses what would weaken passwords or hashes, and unknown keys', async (t) => {
  for (const part of [
    ...[{ password: { minLength: 7, maxLength: 256 } }, { password: { minLength: 8, maxLength: 257 } }],
    ...[{ hash: { ...AUTH.hash, memoryKiB: 7167 } }, { hash: { ...AUTH.hash, iterations: 0 } }],
    ...[{ defaultRole: 'admin' }, { defaultRole: 'owner' }, { defaultRole: 'A' }, { maxSessions: 0 }],
    ...[{ algorithms: [] }, { algorithms: ['none'] }, { algorithms: ['HS256', 'HS256'] }, { refreshGrace: 600_001 }],
    ...[{ jwksUri: 'http://id.example.com/jwks' }, { jwksUri: 'ftp://x/' }, { jwksUri: 'http://localhost.evil.com/' }],
    ...[{ jwksUri: 'https://user:pw@id.example.com/jwks' }, { jwksUri: 'https://token@id.example.com/' }],
    ...[{ jwksUri: 'http://localhost:pw@id.example.com/jwks' }, { jwksUri: 'http://localhost:80\\@id.example.com/' }],
    ...[{ email: { ...AUTH.email, appName: 'a\nb' } }, { email: { ...AUTH.email, resetUrl: 'javascript:alert(1)' } }],
    ...[{ email: { ...AUTH.email, verifyUrl: 'https://a/#b' } }, { email: { ...AUTH.email, locale: '../en' } }],
    ...[{ tokenTtl: 999 }, { secret: '' }, { issuer: '' }, { audience: '' }, { tokenTTL: 900_000 }],
  ]) {
    t.notOk(Value.Check(authSettingsSchema, { ...AUTH, ...part }), JSON.stringify(part))
  }
})

t.test('a key set is read over https, or from this machine', async (t) => {
  for (const jwksUri of [
    ...[KEYS, 'https://id.example.com', 'https://id.example.com:8443/a@b?c=d@e', 'http://localhost/jwks'],
    ...['http://localhost:8080/jwks', 'http://127.0.0.1:1/', 'http://[::1]:1/'],
  ]) {
    t.ok(Value.Check(authSettingsSchema, { ...AUTH, jwksUri }), jwksUri)
  }
})

t.test('secrets are marked as such', async (t) => {
  t.match(authSettingsSchema.properties.secret, { writeOnly: true })
  t.match(authSettingsSchema.properties.previousSecrets, { writeOnly: true })
})

t.test('local tokens: the first HS algorithm signs, all of them verify', async (t) => {
  const read = (auth: object) => readAuthSettings(provider('https://a', { ...AUTH, ...auth }))
  t.strictSame(read({ secret: SECRET }).local, {
    ...{ secret: SECRET, previousSecrets: [], algorithm: 'HS256', algorithms: ['HS256'] },
  })
  t.strictSame(read({ secret: SECRET, previousSecrets: ['p'], algorithms: ['ES256', 'HS512', 'HS256'] }).local, {
    ...{ secret: SECRET, previousSecrets: ['p'], algorithm: 'HS512', algorithms: ['HS512', 'HS256'] },
  })
  t.match(read({ secret: SECRET, issuer: 'i', audience: 'a' }).local, { issuer: 'i', audience: 'a' })
  t.equal(read({ secret: SECRET, algorithms: ['RS256'] }).local, null)
  t.equal(read({}).local, null)
})

t.test('external tokens: what they must carry', async (t) => {
  const read = (auth: object) => readAuthSettings(provider('https://a', { ...AUTH, ...auth })).external
  t.equal(read({ secret: SECRET }), null)
  const names = { issuer: 'i', audience: 'a' }
  t.strictSame(read({ jwksUri: KEYS, ...names }), {
    ...{ jwksUri: KEYS, algorithms: ['RS256'], roleClaim: 'role', issuer: 'i', audience: 'a' },
  })
  t.match(read({ jwksUri: KEYS, secret: SECRET, ...names }), { issuer: null, audience: null }, 'those are local ones')
  t.match(read({ jwksUri: KEYS, secret: SECRET, jwksIssuer: 'x', jwksAudience: 'y' }), { issuer: 'x', audience: 'y' })
  t.match(read({ jwksUri: KEYS, ...names, jwksIssuer: 'any', jwksAudience: 'any' }), { issuer: null, audience: null })
  t.match(read({ jwksUri: KEYS, algorithms: ['HS256', 'ES256', 'RS256'] }), { algorithms: ['RS256', 'ES256'] })
  t.match(
    read({ jwksUri: KEYS, secret: SECRET, algorithms: ['RS256'], ...names }),
    { issuer: 'i', audience: 'a' },
    'a secret without an HS algorithm signs nothing, so the key set stands alone',
  )
  t.match(read({ jwksUri: KEYS, secret: SECRET, algorithms: ['RS256', 'HS512'], ...names }), { issuer: null })
})

t.test('links start at publicUrl, or where the app says', async (t) => {
  const hosted = readAuthSettings(provider('https://api.example.com/base//', AUTH))
  t.equal(hosted.publicUrl, 'https://api.example.com/base')
  t.equal(hosted.email.resetUrl, 'https://api.example.com/base/auth/password/reset')
  t.equal(hosted.email.verifyUrl, 'https://api.example.com/base/auth/verify')
  const email = { ...AUTH.email, resetUrl: 'https://app.example.com/welcome' }
  t.equal(readAuthSettings(provider('https://api.example.com', { ...AUTH, email })).email.resetUrl, email.resetUrl)
  t.match(hosted, { ...AUTH, email: { appName: 'JSONExpress' } })
})

t.test('what was read cannot be changed', async (t) => {
  const auth = readAuthSettings(provider('https://api.example.com', AUTH))
  t.throws(() => Object.assign(auth, { tokenTtl: 1 }), TypeError)
})

t.test('claims of a user become the user again, with the role of the row', async (t) => {
  const claims = claimsFromUser(row, IDS)
  t.strictSame(claims, { sub: 'u1', role: 'editor', sid: 's1', tv: 3, jti: 'j1' })
  t.equal(ACCESS_TOKEN_TYPE, 'at+jwt')
  t.match(userFromClaims(claims, row), { id: 'u1', role: 'editor', sessionId: 's1', claims })
  t.equal(userFromClaims(claims, { ...row, role: 'user' })?.role, 'user')
})

t.test('the row no longer stands by the token', async (t) => {
  const claims = claimsFromUser(row, IDS)
  t.equal(userFromClaims(claims, undefined), null, 'deleted')
  t.equal(userFromClaims(claims, { ...row, disabled: true }), null, 'disabled')
  t.equal(userFromClaims(claims, { ...row, tokenVersion: 4 }), null, 'revoked')
  t.equal(userFromClaims(claims, { ...row, tokenVersion: 2 }), null, 'restored from a backup')
  t.equal(userFromClaims({ ...claims, tv: '3' as unknown as number }, row), null, 'compared strictly')
  t.equal(userFromClaims(claims, { ...row, disabled: 0 as unknown as boolean }), null, 'closed when in doubt')
})

t.test('claims hold no personal data and nothing else of the row', async (t) => {
  const whole = { ...row, email: 'ann@example.com', passwordHash: 'secret' }
  t.strictSame(Object.keys(claimsFromUser(whole, IDS)).sort(), ['jti', 'role', 'sid', 'sub', 'tv'])
})

function provider(publicUrl: string, auth: object): IConfigProvider {
  return {
    ...{ mode: 'test', production: false, entries: () => [] },
    get: (key) => (key === 'publicUrl' ? publicUrl : undefined),
    section: <T extends object>() => auth as T,
  }
}
