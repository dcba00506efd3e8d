import { authSettingsSchema } from '@json-express/core'
import { createHost } from '@json-express/testing'
import t from 'tap'
import middlewareAuth from '../src/index.js'
import { claims, forge, now, SECRET } from './forge.js'
import { protectedApp } from './protected-app.js'

const ANN = { sub: 'ann', role: 'user', tv: 0, jti: 'j-1' }

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

t.test('no secret, no start', async (t) => {
  const app = createHost({ schemas: { auth: authSettingsSchema } })
  t.teardown(() => app.close())
  app.decorate('db', {} as never).decorate('collections', { has: () => true } as never)
  await t.rejects(async () => await app.register(middlewareAuth), { message: /auth\.secret/ })
})
