import t from 'tap'
import { externalApp, rsa } from './external-app.js'
import { claims, forge, now, SECRET } from './forge.js'
import { externalClaims, ISSUER, jwkOf, keyPair, mint, startProvider } from './provider.js'

const bearer = (changes?: Record<string, unknown>, header?: Record<string, unknown>) =>
  `Bearer ${mint(rsa, externalClaims(changes), { alg: 'RS256', typ: 'JWT', kid: rsa.kid, ...header })}`
const invalid = { status: 401, code: 'INVALID_TOKEN', challenge: 'Bearer error="invalid_token"' }

t.test('a caller from elsewhere', async (t) => {
  const { get, app, close, queries } = await externalApp()
  t.teardown(close)
  const answer = await get(bearer({ role: 'editor' }))
  t.equal(answer.status, 200)
  t.match(answer.body.user, { id: 'auth0|eve', role: 'editor', roles: ['editor'], sessionId: null })
  t.match(answer.body.user, { claims: { iss: ISSUER, sub: 'auth0|eve', role: 'editor' } })
  t.strictSame((await get(bearer())).body.user, {
    id: 'auth0|eve',
    role: 'user',
    sessionId: null,
    claims: externalClaims(),
  })
  t.equal(queries.length, 0, 'no row is needed')
  t.notOk(app.hasDecorator('accessTokens'), 'nothing is issued here')
  t.notOk(app.hasDecorator('jwt'))
  t.match(await get(`Bearer ${forge()}`), invalid, 'nor are tokens of a secret taken')
})

t.test('every algorithm of the settings, and no other', async (t) => {
  const pairs = ['RS256', 'PS256', 'ES256', 'EdDSA'].map((alg) => keyPair(alg))
  for (const allowed of pairs) {
    const { get, close } = await externalApp({ algorithms: [allowed.alg] }, { keys: pairs })
    for (const pair of pairs) {
      const status = pair === allowed ? 200 : 401
      t.match(await get(`Bearer ${mint(pair)}`), { status }, `${pair.alg} where ${allowed.alg} is allowed`)
    }
    await close()
  }
})

t.test('a token ends, remembered or not', async (t) => {
  const { get, close } = await externalApp()
  t.teardown(close)
  const expired = { status: 401, code: 'TOKEN_EXPIRED', challenge: 'Bearer error="invalid_token"' }
  t.match(await get(bearer({ exp: now() - 31, iat: now() - 99 })), expired)
  t.match(await get(bearer({ exp: now() - 25, iat: now() - 99 })), { status: 200 }, 'clocks may differ by 30 s')
  const stranger = mint({ ...keyPair('RS256'), kid: rsa.kid }, externalClaims({ exp: now() - 31 }))
  t.match(await get(`Bearer ${stranger}`), invalid, 'only a good signature is told why')
  t.match(await get(bearer({ nbf: now() + 25 })), { status: 200 })
  t.match(await get(bearer({ nbf: now() + 35 })), invalid)

  const token = bearer({ exp: now() + 60 })
  t.match(await get(token), { status: 200 })
  const real = Date.now
  const clock = t.intercept(Date, 'now', { value: () => real() + 92_000 })
  t.match(await get(token), expired)
  clock.restore()
})

t.test('what is remembered ends with the key that verified it', async (t) => {
  const { get, close, provider } = await externalApp()
  t.teardown(close)
  const successor = keyPair('RS256', 'next')
  const token = bearer()
  t.match(await get(token), { status: 200 })
  t.match(await get(token), { status: 200 })
  provider.answer([jwkOf(successor)])
  const real = Date.now
  const clock = t.intercept(Date, 'now', { value: () => real() + 11 * 60_000 })
  t.teardown(() => clock.restore())
  t.match(await get(token), invalid, 'the very first request after the keys have become old')
  t.match(await get(`Bearer ${mint(successor)}`), { status: 200 })
})

t.test('a key that comes back brings its tokens back, and they verify again', async (t) => {
  const { get, close, provider } = await externalApp()
  t.teardown(close)
  const real = Date.now
  const token = bearer()
  const statuses: number[] = []
  for (const [step, keys] of [[rsa], [keyPair('RS256', 'other')], [rsa]].entries()) {
    provider.answer(keys.map((key) => jwkOf(key)))
    const clock = t.intercept(Date, 'now', { value: () => real() + step * 11 * 60_000 })
    statuses.push((await get(token)).status)
    clock.restore()
  }
  t.strictSame(statuses, [200, 401, 200])
})

t.test('what a request does to claims, the next one does not see', async (t) => {
  const app = await externalApp(
    { roleClaim: 'groups' },
    {
      routes: (app) =>
        void app.get('/spoil', ({ user }) => {
          const groups = user?.claims.groups as string[]
          groups.push('admin')
        }),
    },
  )
  t.teardown(app.close)
  const token = bearer({ groups: ['editor'] })
  t.match(await app.get(token, '/spoil'), { status: 500 })
  t.strictSame((await app.get(token)).body.user, {
    ...{ id: 'auth0|eve', role: 'editor', roles: ['editor'], sessionId: null },
    claims: externalClaims({ groups: ['editor'] }),
  })
})

t.test('a token that names no key is tried with each that fits', async (t) => {
  const pairs = ['a', 'b', 'c'].map((kid) => keyPair('RS256', kid))
  const { get, close } = await externalApp({}, { keys: pairs })
  t.teardown(close)
  const header = { alg: 'RS256' }
  for (const pair of pairs) t.match(await get(`Bearer ${mint(pair, externalClaims(), header)}`), { status: 200 })
  t.match(await get(`Bearer ${mint(keyPair(), externalClaims(), header)}`), invalid)
  const [, , last = rsa] = pairs
  const expired = mint(last, externalClaims({ exp: now() - 60, iat: now() - 99 }), header)
  t.match(await get(`Bearer ${expired}`), { status: 401, code: 'TOKEN_EXPIRED' })
  t.match(await get(`Bearer ${mint(last, externalClaims({ nbf: now() + 99 }), header)}`), invalid)
})

t.test('both kinds side by side, never mixed', async (t) => {
  const { get, app, close, provider, queries } = await externalApp({ secret: SECRET })
  t.teardown(close)
  t.ok(app.hasDecorator('accessTokens'))
  const [own, foreign] = await Promise.all([get(`Bearer ${forge()}`), get(bearer())])
  t.match(own, { status: 200, body: { user: { id: 'ann', sessionId: 's-ann' } } })
  t.match(foreign, { status: 200, body: { user: { id: 'auth0|eve', sessionId: null } } })
  t.match(await get(bearer({ sub: 'ann' })), invalid, 'the id of a user of ours is no name of a stranger')
  t.match(await get(bearer({ sub: 'ann', role: 'admin' })), invalid)
  t.match(await get(`Bearer ${mint(rsa, claims())}`), invalid, 'our claims, their signature')
  t.match(await get(`Bearer ${mint(rsa, claims({ iss: ISSUER, aud: 'https://api.example' }))}`), invalid)
  const before = [provider.requests, queries.length]
  t.match(await get(`Bearer ${forge({ payload: externalClaims() })}`), invalid, 'their claims, our signature')
  t.strictSame([provider.requests, queries.length], before, 'and nobody was asked about it')
})

t.test('a database that fails is 503 where it is needed', async (t) => {
  const mixed = await externalApp({ secret: SECRET })
  const alone = await externalApp()
  t.teardown(() => Promise.all([mixed.close(), alone.close()]))
  for (const { outage } of [mixed, alone]) outage.error = new Error('gone')
  t.match(await mixed.get(bearer()), { status: 503, code: 'UNAVAILABLE', challenge: undefined })
  t.match(await alone.get(bearer()), { status: 200 })
})

/** A server that knows one key of a provider, and what it is asked after the provider has changed them. */
async function rotation(kid: string | undefined, keys: 'beside' | 'instead') {
  const [old, fresh] = [keyPair('RS256', 'same'), keyPair('RS256', 'same')]
  const provider = await startProvider([jwkOf(old, { kid })])
  const app = await externalApp({ jwksUri: provider.jwksUri })
  provider.answer((keys === 'beside' ? [old, fresh] : [fresh]).map((pair) => jwkOf(pair, { kid })))
  const bearerBy = (pair: typeof old) =>
    `Bearer ${mint(pair, externalClaims({ jti: Math.random() }), { alg: 'RS256', ...(kid && { kid }) })}`
  const close = () => Promise.all([app.close(), provider.stop()])
  return { ...app, provider, old, fresh, bearerBy, close }
}

for (const [title, kid, keys] of [
  ['a key without a name beside another', undefined, 'beside'],
  ['a key without a name instead of another', undefined, 'instead'],
  ['a key under the name of another', 'same', 'instead'],
] as const) {
  t.test(`a provider brings ${title}`, async (t) => {
    const { get, close, provider, old, fresh, bearerBy } = await rotation(kid, keys)
    t.teardown(close)
    t.match(await get(bearerBy(old)), { status: 200 })
    t.equal(provider.requests, 1)
    const answers = await Promise.all(Array.from({ length: 20 }, () => get(bearerBy(fresh))))
    t.ok(answers.every(({ status }) => status === 200))
    t.equal(provider.requests, 2)
    t.match(await get(bearerBy(old)), keys === 'beside' ? { status: 200 } : invalid)
  })
}

t.test('signatures that are wrong are one fetch in 30 seconds, however many', async (t) => {
  const { get, close, provider } = await externalApp()
  t.teardown(close)
  const start = Date.now() // stands still: on a busy machine the waves take long
  const clock = t.intercept(Date, 'now', { value: () => start })
  t.teardown(() => clock.restore())
  const stranger = { ...keyPair('RS256'), kid: rsa.kid }
  const forged = () => `Bearer ${mint(stranger, externalClaims({ jti: Math.random() }))}`
  for (let wave = 0; wave < 3; wave++) {
    const answers = await Promise.all([...Array.from({ length: 50 }, () => get(forged())), get(bearer())])
    t.equal(answers.filter(({ status }) => status === 401).length, 50)
    t.equal(answers.at(-1)?.status, 200)
  }
  t.equal(provider.requests, 2)
})

t.test('while the provider is down a named key is the known one, a nameless one may be new', async (t) => {
  const { get, close, provider, old, fresh, bearerBy } = await rotation(undefined, 'beside')
  t.teardown(close)
  await provider.stop()
  t.match(await get(bearerBy(old)), { status: 200 })
  t.match(await get(bearerBy(fresh)), { status: 503, code: 'UNAVAILABLE', challenge: undefined })
  const named = await rotation('same', 'instead')
  t.teardown(named.close)
  await named.provider.stop()
  t.match(await named.get(named.bearerBy(named.fresh)), invalid)
})

t.test('Ed25519 by both of its names', async (t) => {
  const pair = keyPair('EdDSA', 'ed')
  const provider = await startProvider([jwkOf(pair, { alg: undefined })])
  t.teardown(() => provider.stop())
  for (const algorithms of [['EdDSA'], ['Ed25519'], ['EdDSA', 'Ed25519']]) {
    const { get, close } = await externalApp({ algorithms, jwksUri: provider.jwksUri })
    for (const alg of ['EdDSA', 'Ed25519']) {
      const { status } = await get(`Bearer ${mint(pair, externalClaims(), { alg, kid: 'ed' })}`)
      t.equal(status, algorithms.includes(alg) ? 200 : 401, `${alg} where ${algorithms} is allowed`)
    }
    await close()
  }
})

t.test('the log says why a token is refused, to who looks for it, and the answer does not', async (t) => {
  const { get, app, close, log } = await externalApp()
  t.teardown(close)
  app.log.level = 'debug'
  t.match(await get(bearer({ aud: 'other' })), { ...invalid, message: 'The token is not valid' })
  const stranger = mint({ ...keyPair('RS256'), kid: rsa.kid })
  t.match(await get(`Bearer ${stranger}`), invalid)
  const reasons = log.filter((line) => line.includes('token refused'))
  t.match(reasons[0], /"reason":"aud is not jex\.auth\.jwksAudience"/)
  t.match(reasons[1], /"reason":"signature verification failed"/)
  t.equal(reasons.length, 2)
  t.notOk(
    log.some((line) => line.includes(stranger.slice(0, 40))),
    'nothing of the token',
  )
})

t.test('nobody else issues under the name of this server', async (t) => {
  const issuer = 'https://api.example/own'
  const { get, close } = await externalApp({ secret: SECRET, issuer, jwksIssuer: 'any' })
  t.teardown(close)
  t.match(await get(bearer({ iss: 'https://whoever.example' })), { status: 200 })
  t.match(await get(bearer({ iss: issuer })), invalid)
})
