import { createHmac } from 'node:crypto'
import t from 'tap'
import { claims, forge, now, SECRET, without } from './forge.js'
import { protectedApp } from './protected-app.js'

const ANN = { sub: 'ann', role: 'user', sid: 's-ann', tv: 0, jti: 'j-1' }

function decoded(token: string): unknown[] {
  return token
    .split('.')
    .slice(0, 2)
    .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()))
}

t.test('signs what the verifier accepts, with no more in it than needed', async (t) => {
  const { app, get } = await protectedApp({ tokenTtl: 60_000 })
  t.teardown(() => app.close())
  const before = now()
  const token = app.accessTokens.sign(ANN)
  const [header, payload] = decoded(token) as [object, { iat: number; exp: number }]
  t.strictSame(header, { alg: 'HS256', typ: 'at+jwt' })
  t.strictSame(payload, { ...ANN, iat: payload.iat, exp: payload.iat + 60 })
  t.ok(payload.iat >= before && payload.iat <= now())
  t.equal(app.accessTokens.expiresIn, 60)
  t.match(await get(`Bearer ${token}`), { status: 200, body: { user: { id: 'ann', claims: ANN } } })
})

t.test('a life that is not made of whole seconds is one second shorter, never a token that is refused', async (t) => {
  const { app, get } = await protectedApp({ tokenTtl: 60_999 })
  t.teardown(() => app.close())
  t.equal(app.accessTokens.expiresIn, 60)
  const second = now() * 1000
  for (const ms of [0, 1, 500, 999]) {
    const clock = t.intercept(Date, 'now', { value: () => second + ms })
    const token = app.accessTokens.sign({ ...ANN, jti: String(ms) })
    const [, { iat, exp }] = decoded(token) as [object, { iat: number; exp: number }]
    t.equal(exp - iat, 60, `signed at .${ms}`)
    t.match(await get(`Bearer ${token}`), { status: 200 })
    clock.restore()
  }
})

t.test('issuer and audience are stamped, and then required', async (t) => {
  const { app, get } = await protectedApp({ issuer: 'https://a.example', audience: 'api' })
  t.teardown(() => app.close())
  const token = app.accessTokens.sign(ANN)
  t.match(decoded(token)[1], { iss: 'https://a.example', aud: 'api' })
  t.match(await get(`Bearer ${token}`), { status: 200 })
  for (const changes of [{ iss: 'https://a.example' }, { aud: 'api' }, {}]) {
    const answer = await get(`Bearer ${forge({ payload: claims(changes) })}`)
    t.match(answer, { status: 401, code: 'INVALID_TOKEN' }, JSON.stringify(changes))
  }
})

t.test('where no issuer and audience are set, ours carry none', async (t) => {
  for (const [settings, good] of [
    [{}, {}],
    [{ issuer: 'i' }, { iss: 'i' }],
    [{ audience: 'a' }, { aud: 'a' }],
  ]) {
    const { app, get } = await protectedApp(settings)
    for (const changes of [{}, { iss: 'i' }, { aud: 'a' }, { iss: 'i', aud: 'a' }, { aud: ['a'] }, { iss: '' }]) {
      const { status } = await get(`Bearer ${forge({ payload: claims(changes) })}`)
      const name = `${JSON.stringify(changes)} where ${JSON.stringify(settings)} is set`
      t.equal(status, JSON.stringify(changes) === JSON.stringify(good) ? 200 : 401, name)
    }
    await app.close()
  }
})

t.test('a longer life than the settings give is not one of ours', async (t) => {
  const { app, get } = await protectedApp({ tokenTtl: 60_000 })
  t.teardown(() => app.close())
  t.match(await get(`Bearer ${forge({ payload: claims({ exp: now() + 60 }) })}`), { status: 200 })
  t.match(await get(`Bearer ${forge({ payload: claims({ exp: now() + 62 }) })}`), {
    status: 401,
    code: 'INVALID_TOKEN',
  })
})

t.test('another secret is another world', async (t) => {
  const [one, two] = [await protectedApp(), await protectedApp({ secret: `${SECRET}x` })]
  t.teardown(() => Promise.all([one.app.close(), two.app.close()]))
  const token = `Bearer ${one.app.accessTokens.sign(ANN)}`
  t.match(await one.get(token), { status: 200 })
  t.match(await two.get(token), { status: 401, code: 'INVALID_TOKEN' })
})

t.test('a previous secret verifies and never signs', async (t) => {
  const [old, older] = [`old${SECRET}`, `older${SECRET}`]
  const { app, get } = await protectedApp({ previousSecrets: [old, older] })
  t.teardown(() => app.close())
  for (const key of [SECRET, old, older])
    t.match(await get(`Bearer ${forge({ key })}`), { status: 200 }, key.slice(0, 5))
  t.match(await get(`Bearer ${forge({ key: `oldest${SECRET}` })}`), { status: 401, code: 'INVALID_TOKEN' })
  const token = app.accessTokens.sign(ANN)
  const resigned = (key: string) =>
    createHmac('sha256', key)
      .update(token.slice(0, token.lastIndexOf('.')))
      .digest('base64url')
  t.equal(token.split('.')[2], resigned(SECRET))

  const ended = claims({ iat: now() - 906, exp: now() - 6 })
  for (const key of [SECRET, old, older]) {
    t.match(await get(`Bearer ${forge({ payload: ended, key })}`), { status: 401, code: 'TOKEN_EXPIRED' })
    const others = [claims({ tv: '0' }), claims({ exp: now() + 1000 }), without('sid'), without('jti')]
    for (const payload of others) t.match(await get(`Bearer ${forge({ payload, key })}`), { code: 'INVALID_TOKEN' })
    t.match(await get(`Bearer ${forge({ key, header: { alg: 'HS256', typ: 'JWT' } })}`), { code: 'INVALID_TOKEN' })
    t.match(await get(`Bearer ${forge({ payload: claims({ tv: 3 }), key })}`), { code: 'TOKEN_REVOKED' })
  }
})

t.test('a rotation of the secret: instances with the new and with the old one, then only the new', async (t) => {
  const next = `next${SECRET}`
  const settings = [{}, { secret: next, previousSecrets: [SECRET] }, { secret: next }]
  const [before, during, after] = await Promise.all(settings.map((auth) => protectedApp(auth)))
  if (!before || !during || !after) return t.fail('there are three')
  t.teardown(() => Promise.all([before, during, after].map(({ app }) => app.close())))
  const [old, fresh] = [before, during].map(({ app }) => `Bearer ${app.accessTokens.sign(ANN)}`)
  t.strictSame(
    await Promise.all(
      [before, during, after].map(async ({ get }) => [(await get(old)).status, (await get(fresh)).status]),
    ),
    [
      [200, 401],
      [200, 200],
      [401, 200],
    ],
  )
})

t.test('the first HS algorithm signs, all of them verify, and no other', async (t) => {
  const { app, get } = await protectedApp({ algorithms: ['RS256', 'HS512', 'HS256'] })
  t.teardown(() => app.close())
  const token = app.accessTokens.sign(ANN)
  t.strictSame(decoded(token)[0], { alg: 'HS512', typ: 'at+jwt' })
  t.match(await get(`Bearer ${token}`), { status: 200 })
  for (const [alg, hash, status] of [
    ['HS256', 'sha256', 200],
    ['HS384', 'sha384', 401],
    ['HS512', 'sha512', 200],
    ['HS512', 'sha256', 401],
    ['HS256', 'sha512', 401],
  ] as const) {
    t.match(await get(`Bearer ${forge({ hash, header: { alg, typ: 'at+jwt' } })}`), { status }, `${alg} by ${hash}`)
  }
})

t.test('no HS algorithm and no key set: nobody can sign in, and nothing is signed', async (t) => {
  const { app, get } = await protectedApp({ algorithms: ['RS256'] })
  t.teardown(() => app.close())
  t.notOk(app.hasDecorator('accessTokens'))
  t.notOk(app.hasDecorator('jwt'))
  t.match(await get(`Bearer ${forge()}`), { status: 401, code: 'INVALID_TOKEN' })
  t.match(await get(), { status: 401, code: 'MISSING_TOKEN' })
})

t.test('a session is part of every token', async (t) => {
  const { app, get } = await protectedApp()
  t.teardown(() => app.close())
  const odd = [null, '', 1, [], ['s-ann'], {}, true].map((sid) => claims({ sid }))
  for (const payload of [...odd, without('sid')]) {
    t.match(
      await get(`Bearer ${forge({ payload })}`),
      { status: 401, code: 'INVALID_TOKEN' },
      JSON.stringify(payload.sid),
    )
  }
})
