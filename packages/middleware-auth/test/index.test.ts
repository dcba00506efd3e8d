import { manifestRules } from '@json-express/testing'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import packageJson from '../package.json' with { type: 'json' }
import { claims, forge } from './forge.js'
import { protectedApp } from './protected-app.js'

for (const rule of manifestRules) t.test(rule.name, () => rule.run(packageJson))

const ANN = `Bearer ${forge()}`
const BOB = `Bearer ${forge({ payload: claims({ sub: 'bob', role: 'admin' }) })}`

const routes = (app: FastifyInstance) => {
  const handler = async ({ user }: { user: { id: string } | null }) => ({ user: user?.id ?? null })
  app.get('/open', { config: { auth: false } }, handler)
  app.get('/public', { config: { access: 'public' } }, handler)
  app.get('/admin', { config: { access: 'admin' } }, handler)
  app.get('/own', { config: { access: 'owner' } }, handler)
  app.get('/staff', { config: { access: ['editor', 'user'] } }, handler)
  app.get('/never', { config: { access: false } }, handler)
  app.route({ method: ['POST', 'OPTIONS'], url: '/write', handler })
  app.register(async (child) => void child.get('/below', handler), { prefix: '/deep' })
}

t.test('every route is held to its rule', async (t) => {
  const { app, get } = await protectedApp({}, { routes })
  t.teardown(() => app.close())
  const expected: Record<string, [nobody: number, bad: number, ann: number, bob: number]> = {
    '/open': [200, 200, 200, 200],
    '/public': [200, 401, 200, 200],
    '/me': [401, 401, 200, 200],
    '/deep/below': [401, 401, 200, 200],
    '/own': [401, 401, 200, 200],
    '/staff': [401, 401, 200, 200],
    '/admin': [401, 401, 403, 200],
    '/never': [401, 401, 403, 403],
    '/nowhere': [404, 404, 404, 404],
  }
  for (const [url, statuses] of Object.entries(expected)) {
    const answers = await Promise.all([undefined, 'Bearer x', ANN, BOB].map((header) => get(header, url)))
    t.strictSame(
      answers.map(({ status }) => status),
      statuses,
      url,
    )
  }
  t.match(await get(ANN, '/open'), { body: { user: null } }, 'an open route does not look at the header')
  t.match(await get(ANN, '/public'), { body: { user: 'ann' } })
  t.match(await get(ANN, '/admin'), { code: 'FORBIDDEN', challenge: undefined })
})

t.test('other methods of a route are held too', async (t) => {
  const { app } = await protectedApp({}, { routes })
  t.teardown(() => app.close())
  for (const [method, url] of [
    ['HEAD', '/me'],
    ['POST', '/write'],
    ['OPTIONS', '/write'],
  ] as const) {
    t.match(await app.inject({ method, url }), { statusCode: 401 }, `${method} ${url}`)
    t.match(await app.inject({ method, url, headers: { authorization: ANN } }), { statusCode: 200 }, `${method} ${url}`)
  }
})

t.test('no spelling of a path gets around its route', async (t) => {
  const { app, get } = await protectedApp({ exclude: ['/open', '/public'] }, { routes })
  t.teardown(() => app.close())
  const spellings = ['//me', '/me/', '/me//', '/%6de', '/%6D%65', '/ME', '/./me', '/open/../me', '/open/%2e%2e/me']
  spellings.push('/me;x', '/me%00', '/me%2f', '/me?/open', '/open/../../me', '/public/me', '/open%2f..%2fme', '/\\me')
  for (const url of spellings) t.match((await get(undefined, url)).status, /^(401|404|400)$/, url)
})

t.test('the row decides, at the very next request', async (t) => {
  const { app, get, rows } = await protectedApp({}, { routes })
  t.teardown(() => app.close())
  const ann = rows.get('ann')
  if (ann === undefined) return t.fail('there is no Ann')
  t.match(await get(ANN), { status: 200 })
  ann.role = 'admin'
  t.match(await get(ANN, '/admin'), { status: 200 }, 'the role of the row, not of the token')
  ann.disabled = true
  t.match(await get(ANN), { status: 401, code: 'TOKEN_REVOKED' })
  ann.disabled = false
  ann.tokenVersion = 1
  t.match(await get(ANN), { status: 401, code: 'TOKEN_REVOKED' })
  t.match(await get(`Bearer ${forge({ payload: claims({ tv: 1 }) })}`), { status: 200 })
  rows.delete('ann')
  t.match(await get(`Bearer ${forge({ payload: claims({ tv: 1 }) })}`), { status: 401, code: 'TOKEN_REVOKED' })
})

t.test('a database that fails is 503, never 401, and open routes go on', async (t) => {
  const { app, get, outage } = await protectedApp({}, { routes })
  t.teardown(() => app.close())
  outage.error = new Error('connection refused by 10.0.0.7')
  t.match(await get(ANN), { status: 503, code: 'UNAVAILABLE', challenge: undefined })
  t.match(await get(ANN, '/public'), { status: 503, code: 'UNAVAILABLE' })
  t.match(await get(ANN, '/open'), { status: 200 })
  t.match(await get(undefined, '/public'), { status: 200 })
  t.match(await get('Bearer x'), { status: 401, code: 'INVALID_TOKEN' })
  outage.error = null
  t.match(await get(ANN), { status: 200 })
})

t.test('a burst of requests asks once for each user, not once for each request', async (t) => {
  const { app, get, queries } = await protectedApp()
  t.teardown(() => app.close())
  const answers = await Promise.all(Array.from({ length: 60 }, (_, index) => get(index % 2 ? ANN : BOB)))
  t.ok(answers.every(({ status }) => status === 200))
  t.ok(queries.length < 30, `${queries.length} queries`)
  t.ok(queries.every((ids) => new Set(ids).size === ids.length))
})

t.test('without a users collection the token alone counts, and the log says so once', async (t) => {
  const { app, get, log, queries } = await protectedApp({}, { users: false })
  t.teardown(() => app.close())
  t.match(await get(`Bearer ${forge({ payload: claims({ sub: 'anyone', role: 'editor' }) })}`), {
    status: 200,
    body: { user: { id: 'anyone', role: 'editor' } },
  })
  t.match(await get(`Bearer ${forge({ key: 'guess' })}`), { status: 401 })
  t.equal(queries.length, 0)
  t.equal(log.length, 1)
  t.match(log[0], /no users collection/)
})

t.test('auth.required=false opens what carries no rule, and only that', async (t) => {
  const { app, get } = await protectedApp({ required: false }, { routes })
  t.teardown(() => app.close())
  t.match(await get(), { status: 200, body: { user: null } })
  t.match(await get('Bearer x'), { status: 401 })
  t.match(await get(undefined, '/admin'), { status: 401 })
})
