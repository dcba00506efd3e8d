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

const AUTH = {
  ...{ exclude: [], required: true, tokenTtl: 900_000, resetTtl: 1_800_000, inviteTtl: 259_200_000 },
  password: { minLength: 8, maxLength: 256 },
  hash: { memoryKiB: 19_456, iterations: 2, parallelism: 1 },
  email: { appName: 'JSONExpress' },
}

const row: UserState = { id: 'u1', role: 'editor', tokenVersion: 3, disabled: false }

t.test('the defaults are those of the specification', async (t) => {
  const filled = Value.Default(authSettingsSchema, { password: {}, hash: {}, email: {} })
  t.strictSame(filled, AUTH)
  t.ok(Value.Check(authSettingsSchema, filled))
})

t.test('refuses what would weaken passwords or hashes, and unknown keys', async (t) => {
  for (const part of [
    ...[{ password: { minLength: 7, maxLength: 256 } }, { password: { minLength: 8, maxLength: 257 } }],
    ...[{ hash: { ...AUTH.hash, memoryKiB: 7167 } }, { hash: { ...AUTH.hash, iterations: 0 } }],
    ...[{ tokenTtl: 999 }, { secret: '' }, { issuer: '' }, { audience: '' }, { tokenTTL: 900_000 }],
  ]) {
    t.notOk(Value.Check(authSettingsSchema, { ...AUTH, ...part }), JSON.stringify(part))
  }
})

t.test('the secret is marked as one', async (t) => {
  t.match(authSettingsSchema.properties.secret, { writeOnly: true })
})

t.test('links start at publicUrl, or where the app says', async (t) => {
  const hosted = readAuthSettings(provider('https://api.example.com/base//', AUTH))
  t.equal(hosted.publicUrl, 'https://api.example.com/base')
  t.equal(hosted.email.resetUrl, 'https://api.example.com/base/auth/password/reset')
  const email = { ...AUTH.email, resetUrl: 'https://app.example.com/welcome' }
  t.equal(readAuthSettings(provider('https://api.example.com', { ...AUTH, email })).email.resetUrl, email.resetUrl)
  t.match(hosted, { ...AUTH, email: { appName: 'JSONExpress' } })
})

t.test('what was read cannot be changed', async (t) => {
  const auth = readAuthSettings(provider('https://api.example.com', AUTH))
  t.throws(() => Object.assign(auth, { tokenTtl: 1 }), TypeError)
})

t.test('claims of a user become the user again, with the role of the row', async (t) => {
  const claims = claimsFromUser(row, 'j1')
  t.strictSame(claims, { sub: 'u1', role: 'editor', tv: 3, jti: 'j1' })
  t.equal(ACCESS_TOKEN_TYPE, 'at+jwt')
  t.match(userFromClaims(claims, row), { id: 'u1', role: 'editor', sessionId: null, claims })
  t.equal(userFromClaims(claims, { ...row, role: 'user' })?.role, 'user')
})

t.test('the row no longer stands by the token', async (t) => {
  const claims = claimsFromUser(row, 'j1')
  t.equal(userFromClaims(claims, undefined), null, 'deleted')
  t.equal(userFromClaims(claims, { ...row, disabled: true }), null, 'disabled')
  t.equal(userFromClaims(claims, { ...row, tokenVersion: 4 }), null, 'revoked')
  t.equal(userFromClaims(claims, { ...row, tokenVersion: 2 }), null, 'restored from a backup')
  t.equal(userFromClaims({ ...claims, tv: '3' as unknown as number }, row), null, 'compared strictly')
  t.equal(userFromClaims(claims, { ...row, disabled: 0 as unknown as boolean }), null, 'closed when in doubt')
})

t.test('claims hold no personal data and nothing else of the row', async (t) => {
  const whole = { ...row, email: 'ann@example.com', passwordHash: 'secret' }
  t.strictSame(Object.keys(claimsFromUser(whole, 'j1')).sort(), ['jti', 'role', 'sub', 'tv'])
})

function provider(publicUrl: string, auth: object): IConfigProvider {
  return {
    ...{ mode: 'test', production: false, entries: () => [] },
    get: (key) => (key === 'publicUrl' ? publicUrl : undefined),
    section: <T extends object>() => auth as T,
  }
}
