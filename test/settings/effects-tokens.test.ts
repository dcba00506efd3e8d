import { decodeJwt, decodeProtectedHeader, jwtVerify, SignJWT } from 'jose'
import t from 'tap'
import { appFolder } from '../harness/app-folder.js'
import { AUDIENCE, ISSUER, identityProvider } from '../harness/identity-provider.js'
import { PASSWORD, quickApp, timeMachine } from '../harness/quick-app.js'

const OLD = 'Jt7cQw2nZp9LxVf4Rk8sHd3mYb6GaTe1-old'
const NEW = 'Wm4kZs8vNc2xRq7tLp5yBj9dFg3hTa6u-new'
const LONG = `${OLD}${NEW}`
const MINUTE = 60_000
const DAY = 86_400_000
const NOTES = {
  'models/notes.ts': `import { defineModel, types } from '@json-express/core'
export default defineModel({ fields: { text: types.string() }, access: { read: 'editor' } })`,
  'models/open.ts': `import { defineRoutes } from '@json-express/core'
export default defineRoutes({ endpoints: { 'GET /ping': () => ({ pong: true }), 'POST /ping': () => ({ pong: 2 }) } })`,
  'models/plain.ts': `import { defineModel, types } from '@json-express/core'
export default defineModel({ fields: { text: types.string() } })`,
}

t.test('auth.secret signs', async (t) => {
  const { register } = await quickApp(t, { JEX__AUTH__SECRET: NEW })
  const { accessToken } = (await register('ann@example.com')).body
  await jwtVerify(accessToken, new TextEncoder().encode(NEW), { algorithms: ['HS256'], typ: 'at+jwt' })
  await t.rejects(jwtVerify(accessToken, new TextEncoder().encode(OLD)))
})

t.test('auth.previousSecrets verify, tokens of both kinds, and never sign', async (t) => {
  const dir = appFolder(t)
  const shared = { JEX__ADAPTER_SQLITE__FILE: `${dir}/data.sqlite`, JEX__AUTH__SESSION_CHECK: 'false' }
  const before = await quickApp(t, { ...shared, JEX__AUTH__SECRET: OLD }, { dir })
  const { accessToken } = (await before.register('ann@example.com')).body
  const rotated = await quickApp(t, { ...shared, JEX__AUTH__SECRET: NEW, JEX__AUTH__PREVIOUS_SECRETS: OLD }, { dir })
  t.equal((await rotated.me(accessToken)).status, 200)
  const fresh = (await rotated.login('ann@example.com')).body.accessToken
  await jwtVerify(fresh, new TextEncoder().encode(NEW))
  const after = await quickApp(t, { ...shared, JEX__AUTH__SECRET: NEW }, { dir })
  t.equal((await after.me(accessToken)).status, 401)
  t.equal((await after.me(fresh)).status, 200)
})

t.test('auth.algorithms: the first HS entry signs, others verify, and the rest is refused', async (t) => {
  const { register, me } = await quickApp(t, { JEX__AUTH__ALGORITHMS: 'HS512', JEX__AUTH__SECRET: LONG })
  const { accessToken } = (await register('ann@example.com')).body
  t.equal(decodeProtectedHeader(accessToken).alg, 'HS512')
  t.equal((await me(accessToken)).status, 200)
  const signed = (alg: string) =>
    new SignJWT(decodeJwt(accessToken)).setProtectedHeader({ alg, typ: 'at+jwt' }).sign(new TextEncoder().encode(LONG))
  t.equal((await me(await signed('HS512'))).status, 200, 'the same claims, signed here')
  for (const alg of ['HS256', 'HS384']) {
    t.match(await me(await signed(alg)), { status: 401, body: { error: { code: 'INVALID_TOKEN' } } }, alg)
  }
})

t.test('auth.issuer and auth.audience are stamped and required', async (t) => {
  const dir = appFolder(t)
  const shared = { JEX__ADAPTER_SQLITE__FILE: `${dir}/data.sqlite`, JEX__AUTH__SESSION_CHECK: 'false' }
  const named = { JEX__AUTH__ISSUER: 'https://api.example.com', JEX__AUTH__AUDIENCE: 'api' }
  const plain = await quickApp(t, shared, { dir })
  const without = (await plain.register('ann@example.com')).body.accessToken
  const strict = await quickApp(t, { ...shared, ...named }, { dir })
  const stamped = (await strict.login('ann@example.com')).body.accessToken
  t.match(decodeJwt(stamped), { iss: 'https://api.example.com', aud: 'api' })
  t.equal((await strict.me(stamped)).status, 200)
  t.equal((await strict.me(without)).status, 401)
})

t.test('auth.jwksUri alone: a resource server; issuer, audience and role claim decide', async (t) => {
  const provider = await identityProvider(t)
  const external = { JEX__AUTH__JWKS_URI: provider.jwksUri, JEX__AUTH__ROLE_CLAIM: 'realm.roles' }
  const named = { JEX__AUTH__JWKS_ISSUER: ISSUER, JEX__AUTH__JWKS_AUDIENCE: AUDIENCE }
  const server = await quickApp(t, { ...external, ...named }, { files: NOTES, secret: false })
  const notes = async (claims: object) =>
    (await server.call('GET', '/notes', undefined, await provider.sign({ realm: { roles: ['editor'] }, ...claims })))
      .status
  t.equal(await notes({}), 200)
  t.equal(await notes({ iss: 'https://evil.example.com/' }), 401, 'auth.jwksIssuer')
  t.equal(await notes({ aud: 'another api' }), 401, 'auth.jwksAudience')
  t.equal(await notes({ realm: { roles: ['reader'] } }), 403, 'auth.roleClaim')
  t.equal((await server.login('ann@example.com')).status, 404, 'nobody signs in here')
  t.equal(await server.app.db.count('users'), 0, 'and no admin is made')
})

t.test('auth.jwksUri beside a secret: both kinds of tokens', async (t) => {
  const provider = await identityProvider(t)
  const named = { JEX__AUTH__JWKS_ISSUER: ISSUER, JEX__AUTH__JWKS_AUDIENCE: AUDIENCE }
  const server = await quickApp(t, { JEX__AUTH__JWKS_URI: provider.jwksUri, ...named }, { files: NOTES })
  const local = (await server.register('ann@example.com')).body.accessToken
  t.equal((await server.me(local)).status, 200)
  const external = await provider.sign({ role: 'editor' })
  t.equal((await server.call('GET', '/notes', undefined, external)).status, 200)
  t.equal((await server.me(external)).status, 403, 'an external caller has no account here')
})

t.test('auth.sessionCheck=false: the token of an ended session lives until it expires', async (t) => {
  for (const [check, status] of [
    ['true', 401],
    ['false', 200],
  ] as const) {
    const { register, post, me } = await quickApp(t, { JEX__AUTH__SESSION_CHECK: check })
    const { accessToken, refreshToken } = (await register('ann@example.com')).body
    await post('/auth/logout', { refreshToken })
    t.equal((await me(accessToken)).status, status, check)
  }
})

t.test('auth.exclude and auth.required open routes without a rule of their own', async (t) => {
  for (const [env, ping] of [
    [{}, 401],
    [{ JEX__AUTH__EXCLUDE: '/open,/plain' }, 200],
    [{ JEX__AUTH__EXCLUDE: '/ope,,/openly' }, 401],
    [{ JEX__AUTH__REQUIRED: 'false' }, 200],
  ] as const) {
    const { call } = await quickApp(t, env, { files: NOTES })
    t.equal((await call('GET', '/open/ping')).status, ping, JSON.stringify(env))
    t.equal((await call('POST', '/open/ping', {})).status, ping, 'writes too')
    t.equal((await call('POST', '/plain', { text: 'x' })).status, ping === 200 ? 201 : ping, 'and those of a model')
    t.equal((await call('GET', '/notes')).status, 401, 'a rule stays')
  }
})

t.test('auth.exclude looks at no Authorization header, auth.required=false refuses a bad one', async (t) => {
  const files = { ...NOTES, 'data/posts.json': [{ id: 1, title: 'one' }] }
  const bad = { authorization: 'Bearer x' }
  for (const [env, status] of [
    [{ JEX__AUTH__EXCLUDE: '/open,/posts' }, 200],
    [{ JEX__AUTH__EXCLUDE: '/open,/posts', JEX__AUTH__REQUIRED: 'false' }, 200],
    [{ JEX__AUTH__REQUIRED: 'false' }, 401],
  ] as const) {
    const { call } = await quickApp(t, env, { files })
    for (const path of ['/open/ping', '/posts', '/posts/1']) {
      t.equal((await call('GET', path)).status, 200, `${path} without a header, ${JSON.stringify(env)}`)
      t.equal((await call('GET', path, undefined, undefined, bad)).status, status, `${path} with a bad one`)
    }
    t.equal((await call('POST', '/posts', { title: 'two' }, undefined, bad)).status, status === 200 ? 201 : 401)
  }
})

t.test('a model with one rule of its own is not opened by auth.exclude or auth.required', async (t) => {
  for (const env of [{ JEX__AUTH__EXCLUDE: '/notes' }, { JEX__AUTH__REQUIRED: 'false' }]) {
    for (const [operation, method, path] of [
      ['read', 'POST', '/notes'],
      ['create', 'GET', '/notes'],
      ['update', 'DELETE', '/notes/1'],
      ['delete', 'PATCH', '/notes/1'],
    ] as const) {
      const { call } = await quickApp(t, env, {
        files: {
          'models/notes.ts': `import { defineModel, types } from '@json-express/core'
export default defineModel({ fields: { text: types.string() }, access: { ${operation}: 'editor' } })`,
          'data/notes.json': [{ id: 1, text: 'x' }],
        },
      })
      const answer = await call(method, path, ['POST', 'PATCH'].includes(method) ? { text: 'y' } : undefined)
      t.match(
        answer,
        { status: 401, body: { error: { code: 'MISSING_TOKEN' } } },
        `${method} with a rule for ${operation}`,
      )
    }
  }
})

t.test('auth.tokenTtl: how long an access token lives', async (t) => {
  const pass = timeMachine(t)
  const { register, me } = await quickApp(t, { JEX__AUTH__TOKEN_TTL: '10m' })
  const { accessToken, expiresIn } = (await register('ann@example.com')).body
  t.equal(expiresIn, 600)
  pass(9 * MINUTE)
  t.equal((await me(accessToken)).status, 200)
  pass(1.5 * MINUTE)
  t.match(await me(accessToken), { status: 401, body: { error: { code: 'TOKEN_EXPIRED' } } })
})

t.test('auth.refreshTtl, refreshMaxAge, refreshGrace and maxSessions: how long a session lives', async (t) => {
  const pass = timeMachine(t)
  const lives = { JEX__AUTH__REFRESH_TTL: '2d', JEX__AUTH__REFRESH_MAX_AGE: '3d', JEX__AUTH__MAX_SESSIONS: '2' }
  const { register, login, post } = await quickApp(t, { ...lives, JEX__AUTH__REFRESH_GRACE: '10s' })
  const refresh = (refreshToken: string) => post('/auth/refresh', { refreshToken })

  const idle = (await register('ann@example.com')).body.refreshToken
  pass(2 * DAY)
  t.equal((await refresh(idle)).status, 401, 'auth.refreshTtl')

  let { refreshToken } = (await login('ann@example.com')).body
  pass(1.9 * DAY)
  refreshToken = (await refresh(refreshToken)).body.refreshToken
  pass(1.2 * DAY)
  t.equal((await refresh(refreshToken)).status, 401, 'auth.refreshMaxAge')

  const first = (await login('ann@example.com')).body.refreshToken
  await refresh(first)
  pass(9_000)
  t.equal((await refresh(first)).status, 200, 'within auth.refreshGrace')
  pass(2_000)
  t.equal((await refresh(first)).status, 401, 'after it')

  const three = [await login('ann@example.com'), await login('ann@example.com'), await login('ann@example.com')]
  const alive = []
  for (const { body } of three) alive.push((await refresh(body.refreshToken)).status)
  t.strictSame(alive, [401, 200, 200], 'auth.maxSessions')
})

t.test('auth.inviteTtl, resetTtl and verifyTtl: how long links live', async (t) => {
  const pass = timeMachine(t)
  const lives = { JEX__AUTH__INVITE_TTL: '5h', JEX__AUTH__RESET_TTL: '7m', JEX__AUTH__VERIFY_TTL: '3h' }
  const { app, register, post, mailTo } = await quickApp(t, lives)
  for (const [path, ttl, words, ask] of [
    [
      '/auth/password/reset',
      5 * 60 * MINUTE,
      /5 hours/,
      (email: string) => app.collections.get('users').create({ email }),
    ],
    ['/auth/verify', 3 * 60 * MINUTE, /3 hours/, (email: string) => register(email)],
    [
      '/auth/password/reset',
      7 * MINUTE,
      /7 minutes/,
      async (email: string) => {
        await app.collections.get('users').create({ email, password: PASSWORD, emailVerified: true })
        await post('/auth/password/forgot', { email })
      },
    ],
  ] as const) {
    for (const [late, status] of [
      [-1000, 200],
      [1000, 400],
    ] as const) {
      const email = `${ttl}.${late}@example.com`
      await ask(email)
      const { token, text } = await mailTo(email)
      t.match(text, words)
      pass(ttl + late)
      const body = path.endsWith('reset') ? { token, newPassword: 'another good password' } : { token }
      t.equal((await post(path, body)).status, status, `${path} ${words} ${late}`)
    }
  }
})
