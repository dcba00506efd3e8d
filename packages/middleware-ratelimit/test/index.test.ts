import { errors } from '@json-express/core'
import { manifestRules } from '@json-express/testing'
import t from 'tap'
import packageJson from '../package.json' with { type: 'json' }
import { DAY, from, LOGIN_3, limitedApp, route, stoppedClock } from './limited-app.js'

for (const rule of manifestRules) t.test(rule.name, () => rule.run(packageJson))

t.test('a route is limited per client network, and says how much is left', async (t) => {
  stoppedClock(t).pass(DAY - 59_500)
  const { app } = await limitedApp(t)
  route(app, '/login', 'login')
  route(app, '/free')
  for (const left of ['2', '1', '0']) {
    const answer = await from(app, '198.51.100.1')
    t.equal(answer.statusCode, 200)
    t.match(answer.headers, { 'ratelimit-limit': '3', 'ratelimit-remaining': left, 'ratelimit-reset': '60' })
    t.notOk('retry-after' in answer.headers)
  }
  const beyond = await from(app, '198.51.100.1')
  t.equal(beyond.statusCode, 429)
  t.match(beyond.headers, {
    ...{ 'ratelimit-limit': '3', 'ratelimit-remaining': '0', 'ratelimit-reset': '60' },
    'retry-after': '60',
  })
  const { message } = new errors.RateLimited()
  t.match(beyond.json(), { error: { code: 'RATE_LIMITED', message, retryAfter: 60 } })
  t.equal((await from(app, '198.51.100.2')).statusCode, 200, 'another client')
  const free = await from(app, '198.51.100.1', '/free')
  t.equal(free.statusCode, 200)
  t.notOk('ratelimit-limit' in free.headers)
})

t.test('routes of one window are counted together, others apart', async (t) => {
  const { app } = await limitedApp(t, { ratelimit: { ...LOGIN_3, forgot: { max: 1, window: DAY } } })
  for (const url of ['/a', '/b']) route(app, url, 'login')
  route(app, '/c', 'forgot')
  for (const url of ['/a', '/b', '/a']) t.equal((await from(app, '198.51.100.1', url)).statusCode, 200)
  t.equal((await from(app, '198.51.100.1', '/b')).statusCode, 429)
  t.equal((await from(app, '198.51.100.1', '/c')).statusCode, 200)
})

t.test('counted before anything else of the route, whoever registered it, and once', async (t) => {
  const asked: string[] = []
  const { app } = await limitedApp(t, {
    before: (app) =>
      app.addHook('onRoute', (route) => {
        const hold = async () => {
          asked.push('token')
          throw new errors.InvalidToken()
        }
        route.onRequest = [hold, ...[route.onRequest ?? []].flat()]
      }),
  })
  app.get('/mine', { config: { limit: 'login' }, onRequest: async () => void asked.push('own') }, async () => ({}))
  const statuses = []
  for (const method of ['GET', 'HEAD', 'GET', 'GET', 'HEAD'] as const) {
    const { statusCode, headers } = await app.inject({ method, url: '/mine' })
    statuses.push(`${statusCode} ${headers['ratelimit-remaining']}`)
  }
  t.strictSame(statuses, ['401 2', '401 1', '401 0', '429 0', '429 0'])
  t.strictSame(asked, ['token', 'token', 'token'])
})

t.test('two hundred requests at once: exactly as many as allowed', async (t) => {
  const { app } = await limitedApp(t, { ratelimit: { login: { max: 50, window: DAY } } })
  route(app, '/login', 'login')
  const answers = await Promise.all(Array.from({ length: 200 }, () => from(app, '198.51.100.1')))
  t.equal(answers.filter(({ statusCode }) => statusCode === 200).length, 50)
})

t.test('ratelimit.max holds for each route without a window', async (t) => {
  const { app } = await limitedApp(t, { ratelimit: { max: 2, window: DAY, ...LOGIN_3 } })
  for (const url of ['/a', '/b']) route(app, url)
  route(app, '/login', 'login')
  for (const [url, status] of [
    ['/a', 200],
    ['/a', 200],
    ['/a', 429],
    ['/b', 200],
    ['/login', 200],
  ] as const) {
    t.equal((await from(app, '198.51.100.1', url)).statusCode, status, url)
  }
})

t.test('switched off, routes are not counted, and what is built on the counters goes on', async (t) => {
  const { app, limiter } = await limitedApp(t, { ratelimit: { enabled: false, max: 1, window: DAY, ...LOGIN_3 } })
  route(app, '/login', 'login')
  route(app, '/other')
  for (let i = 0; i < 5; i++) {
    for (const url of ['/login', '/other']) {
      const { statusCode, headers } = await from(app, '198.51.100.1', url)
      t.equal(statusCode, 200)
      t.notOk('ratelimit-limit' in headers)
    }
  }
  t.equal(limiter.limitOf('login'), null)
  t.match(await limiter.consume('x', { max: 1, windowMs: DAY }), { allowed: true, count: 1 })
})

t.test('outside production the limits are ten times as wide, unless somebody set them', async (t) => {
  const { limiter: strict } = await limitedApp(t)
  t.strictSame(strict.limitOf('register'), { max: 10, windowMs: 3_600_000 })
  const { limiter: lenient } = await limitedApp(t, { mode: 'development' })
  t.strictSame(lenient.limitOf('register'), { max: 100, windowMs: 3_600_000 })
  t.strictSame(lenient.limitOf('login'), { max: 3, windowMs: DAY })
  t.throws(() => lenient.limitOf('nonsense'), /no window ratelimit\.nonsense/)
  t.throws(() => lenient.limitOf('enabled'))
})

t.test('a route in a window that does not exist stops boot', async (t) => {
  for (const enabled of [true, false]) {
    const { app } = await limitedApp(t, { ratelimit: { enabled } })
    for (const name of ['lgoin', 'enabled', 'constructor', '']) {
      t.throws(() => route(app, '/login', name), {
        name: 'BootError',
        message: new RegExp(`POST /login .*ratelimit\\.${name}: .*login`),
      })
    }
  }
})
