import t from 'tap'
import { type ExternalRules, readExternalClaims } from '../src/external-claims.js'
import { now } from './forge.js'
import { AUDIENCE, externalClaims, ISSUER } from './provider.js'

const algorithms = ['RS256', 'Ed25519'] as const
const external = { issuer: ISSUER, audience: AUDIENCE, algorithms }
const any = { issuer: null, audience: null, algorithms }

function reads(
  payload: Record<string, unknown>,
  header: Record<string, unknown> = {},
  settings: ExternalRules = external,
) {
  try {
    return readExternalClaims({ header: { alg: 'RS256', ...header }, payload }, settings) === payload
  } catch (error) {
    if ((error as { code?: string }).code === 'INVALID_TOKEN') return false
    throw error
  }
}

function without(...names: string[]) {
  return Object.fromEntries(Object.entries(externalClaims()).filter(([name]) => !names.includes(name)))
}

t.test('typ', async (t) => {
  const types = ['JWT', 'jwt', 'Jwt', 'at+jwt', 'AT+JWT', 'application/jwt', 'application/at+jwt', 'Application/AT+JWT']
  t.ok(reads(externalClaims()), 'absent')
  for (const typ of types) t.ok(reads(externalClaims(), { typ }), typ)
  const others = ['', 'at+jwt ', ' JWT', 'refresh+jwt', 'logout+jwt', 'dpop+jwt', 'application/', 'text/jwt', 'JWE']
  for (const typ of [...others, null, 1, [], ['JWT'], {}])
    t.notOk(reads(externalClaims(), { typ }), JSON.stringify(typ))
})

t.test('what has to be there', async (t) => {
  for (const name of ['iss', 'aud', 'sub', 'exp']) {
    t.notOk(reads(without(name)), name)
    t.notOk(reads(without(name), {}, any), `${name}, whoever may issue`)
    for (const value of [null, '', [], {}, true, [1], ['']]) {
      t.notOk(reads(externalClaims({ [name]: value }), {}, any), `${name} ${JSON.stringify(value)}`)
    }
  }
  t.ok(reads(without('iat')), 'iat may be absent')
  for (const sub of ['a\0b', 'a\nb', 'a\u007fb']) t.notOk(reads(externalClaims({ sub })), JSON.stringify(sub))
})

t.test('issuer and audience', async (t) => {
  for (const iss of ['https://id.example', 'https://ID.example/', `${ISSUER} `, [ISSUER], 'https://evil.example/']) {
    t.notOk(reads(externalClaims({ iss })), JSON.stringify(iss))
  }
  t.ok(reads(externalClaims({ iss: 'https://evil.example/', aud: 'whoever' }), {}, any))
  t.ok(reads(externalClaims({ aud: ['https://id.example/userinfo', AUDIENCE] })))
  for (const aud of ['other', ['other'], [AUDIENCE, 1], [[AUDIENCE]], AUDIENCE.toUpperCase(), 1]) {
    t.notOk(reads(externalClaims({ aud })), JSON.stringify(aud))
  }
})

t.test('client_id stands in where there is no aud, and nowhere else', async (t) => {
  const cognito = without('aud')
  t.ok(reads({ ...cognito, client_id: AUDIENCE }))
  t.ok(reads({ ...cognito, client_id: 'whoever' }, {}, any))
  t.notOk(reads({ ...cognito, client_id: 'other' }))
  for (const client_id of [[AUDIENCE], null, 1, '']) t.notOk(reads({ ...cognito, client_id }, {}, any))
  for (const aud of ['other', null, [], '']) t.notOk(reads(externalClaims({ aud, client_id: AUDIENCE })))
})

t.test('what only our own tokens carry', async (t) => {
  for (const name of ['tv', 'sid']) {
    for (const value of [0, 'x', null]) t.notOk(reads(externalClaims({ [name]: value })), `${name} ${value}`)
  }
})

t.test('time is whole seconds', async (t) => {
  for (const value of [
    null,
    true,
    'x',
    String(now()),
    [],
    {},
    9e15,
    now() + 0.5,
    Number.POSITIVE_INFINITY,
    Number.NaN,
  ]) {
    t.notOk(reads(externalClaims({ exp: value })), `exp ${value}`)
    t.notOk(reads(externalClaims({ iat: value })), `iat ${value}`)
    t.notOk(reads(externalClaims({ nbf: value })), `nbf ${value}`)
  }
  t.ok(reads(externalClaims({ iat: now() + 20 })), 'clocks may differ')
  t.notOk(reads(externalClaims({ iat: now() + 86_400, exp: now() + 90_000 })))
  t.ok(reads(externalClaims({ exp: now() - 60 })), 'whether it has expired is asked after the signature')
})

t.test('header', async (t) => {
  for (const crit of [['x'], [], 'x', ['b64'], null]) t.notOk(reads(externalClaims(), { crit, x: 1, b64: true }))
  for (const kid of [null, 0, {}, [], true]) t.notOk(reads(externalClaims(), { kid }))
  t.ok(reads(externalClaims(), { kid: '' }), 'looked for in the key set')
})

t.test('alg', async (t) => {
  for (const alg of algorithms) t.ok(reads(externalClaims(), { alg }), alg)
  for (const alg of ['none', 'None', 'RS512', 'rs256', 'HS256', '', null, undefined, 1, ['RS256']])
    t.notOk(reads(externalClaims(), { alg }), JSON.stringify(alg))
})

t.test('names that no store could hold', async (t) => {
  for (const name of ['sub', 'iss', 'aud']) {
    t.ok(reads(externalClaims({ [name]: 'a'.repeat(255) }), {}, any), name)
    t.notOk(reads(externalClaims({ [name]: 'a'.repeat(256) }), {}, any), name)
  }
})

t.test('the issuer of our own tokens issues no others', async (t) => {
  const iss = 'https://api.example'
  t.ok(reads(externalClaims({ iss }), {}, any))
  t.ok(reads(externalClaims({ iss: `${iss}/` }), {}, { ...any, localIssuer: iss }))
  t.notOk(reads(externalClaims({ iss }), {}, { ...any, localIssuer: iss }))
})

t.test('what is wrong is said to the log', async (t) => {
  for (const [changes, cause] of [
    [{ aud: 'other' }, /aud is not jex\.auth\.jwksAudience/],
    [{ iss: 'other' }, /iss is not jex\.auth\.jwksIssuer/],
    [{ sid: 'x' }, /sid is for tokens of this server/],
  ] as const) {
    t.throws(() => readExternalClaims({ header: { alg: 'RS256' }, payload: externalClaims(changes) }, external), {
      ...{ code: 'INVALID_TOKEN', message: 'The token is not valid', cause },
    })
  }
})
