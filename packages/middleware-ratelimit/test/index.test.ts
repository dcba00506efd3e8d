import { errors, type IKvStore, UnavailableError } from '@json-express/core'
import { createMemoryKvStore } from '@json-express/kv-memory'
import { createPlainSettings, manifestRules } from '@json-express/testing'
import fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import packageJson from '../package.json' with { type: 'json' }
import rateLimit, { configSchema } from '../src/index.js'

for (const rule of manifestRules) t.test(rule.name, () => rule.run(packageJson))

interface Options {
  mode?: string
  ratelimit?: object
  kv?: IKvStore
  trustProxy?: string
}

const LOGIN_3 = { login: { max: 3, window: 60_000 } }

async function host(
  t: Test,
  { mode = 'production', ratelimit = LOGIN_3, kv = createMemoryKvStore(), trustProxy }: Options = {},
) {
  const lines: Record<string, unknown>[] = []
  const settings = createPlainSettings({
    mode,
    settings: { ratelimit, ...(trustProxy && { trustProxy }) },
    schemas: { ratelimit: configSchema },
  })
  const app: FastifyInstance = fastify({
    trustProxy: trustProxy ?? false,
    logger: { level: 'info', stream: { write: (line: string) => void lines.push(JSON.parse(line)) } },
  })
  app.decorate('settings', settings)
  app.decorate('kv', kv)
  app.decorateRequest('user', null)
  await app.register(rateLimit, settings.section('ratelimit') as never)
  t.teardown(async () => {
    await app.close()
    await kv.close()
  })
  return { app, lines }
}

function route(app: FastifyInstance, url: string, limit?: string): void {
  app.post(url, { config: limit === undefined ? {} : { limit } }, async () => ({ ok: true }))
}

const from = (app: FastifyInstance, remoteAddress: string, url = '/login', headers = {}) =>
  app.inject({ method: 'POST', url, remoteAddress, headers })

t.test('a route is limited per client network, and says how much is left', async (t) => {
  const { app } = await host(t)
  route(app, '/login', 'login')
  route(app, '/free')
  for (const left of [2, 1, 0]) {
    const answer = await from(app, '198.51.100.1')
    t.match(answer.headers, { 'ratelimit-limit': '3', 'ratelimit-remaining': String(left), 'ratelimit-reset': /^\d+$/ })
    t.equal(answer.statusCode, 200)
  }
  const beyond = await from(app, '198.51.100.1')
  t.equal(beyond.statusCode, 429)
  t.match(beyond.json(), { code: 'RATE_LIMITED', message: new errors.RateLimited().message })
  const seconds = Number(beyond.headers['retry-after'])
  t.ok(seconds >= 1 && seconds <= 60)
  t.equal((await from(app, '198.51.100.2')).statusCode, 200, 'another client')
  const free = await from(app, '198.51.100.1', '/free')
  t.equal(free.statusCode, 200)
  t.notOk('ratelimit-limit' in free.headers)
})

t.test('routes of one window are counted together, others apart', async (t) => {
  const { app } = await host(t, { ratelimit: { ...LOGIN_3, forgot: { max: 1, window: 60_000 } } })
  for (const url of ['/a', '/b']) route(app, url, 'login')
  route(app, '/c', 'forgot')
  for (const url of ['/a', '/b', '/a']) t.equal((await from(app, '198.51.100.1', url)).statusCode, 200)
  t.equal((await from(app, '198.51.100.1', '/b')).statusCode, 429)
  t.equal((await from(app, '198.51.100.1', '/c')).statusCode, 200)
})

t.test('two hundred at once: exactly as many as allowed', async (t) => {
  const { app } = await host(t, { ratelimit: { login: { max: 50, window: 3_600_000 } } })
  route(app, '/login', 'login')
  const answers = await Promise.all(Array.from({ length: 200 }, () => from(app, '198.51.100.1')))
  t.equal(answers.filter(({ statusCode }) => statusCode === 200).length, 50)
})

t.test('ratelimit.max holds for each route without a window', async (t) => {
  const { app } = await host(t, { ratelimit: { max: 2, window: 60_000, ...LOGIN_3 } })
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
  const { app } = await host(t, { ratelimit: { enabled: false, ...LOGIN_3 } })
  route(app, '/login', 'login')
  for (let i = 0; i < 5; i++) t.equal((await from(app, '198.51.100.1')).statusCode, 200)
  t.equal(app.rateLimiter.limitOf('login'), null)
  t.match(await app.rateLimiter.consume('x', { max: 1, windowMs: 1000 }), { allowed: true, count: 1 })
})

t.test('outside production the limits are ten times as wide, unless somebody set them', async (t) => {
  const strict = (await host(t)).app.rateLimiter
  t.strictSame(strict.limitOf('register'), { max: 10, windowMs: 3_600_000 })
  const lenient = (await host(t, { mode: 'development' })).app.rateLimiter
  t.strictSame(lenient.limitOf('register'), { max: 100, windowMs: 3_600_000 })
  t.strictSame(lenient.limitOf('login'), { max: 3, windowMs: 60_000 })
  t.throws(() => lenient.limitOf('nonsense'), /no window ratelimit\.nonsense/)
  t.throws(() => lenient.limitOf('enabled'))
})

t.test('a route in a window that does not exist stops boot', async (t) => {
  const { app } = await host(t)
  t.throws(() => route(app, '/login', 'lgoin'), {
    name: 'BootError',
    message: /POST \/login .*ratelimit\.lgoin.*login/,
  })
})

t.test('the counters: give back, look, start anew, and the next window', async (t) => {
  const { now } = Date
  let passed = 0
  Date.now = () => now() + passed
  t.teardown(() => {
    Date.now = now
  })
  const { rateLimiter } = (await host(t)).app
  const limit = { max: 2, windowMs: 60_000 }
  for (const [cost, count, allowed] of [
    [1, 1, true],
    [1, 2, true],
    [1, 3, false],
    [-1, 2, true],
  ] as const) {
    t.match(await rateLimiter.consume('k', limit, cost), { count, allowed })
  }
  t.match(await rateLimiter.peek('k', limit), { count: 2, allowed: false })
  t.match(await rateLimiter.peek('another', limit), { count: 0, allowed: true })
  await rateLimiter.reset('k', limit)
  t.match(await rateLimiter.consume('k', limit), { count: 1 })
  const { resetMs } = await rateLimiter.peek('k', limit)
  t.ok(resetMs > 0 && resetMs <= 60_000)
  passed += resetMs
  t.match(await rateLimiter.consume('k', limit), { count: 1, allowed: true }, 'a new window')
})

t.test('one client by many names', async (t) => {
  const { rateLimiter } = (await host(t)).app
  for (const [network, ...aliases] of [
    ['192.0.2.7', '192.0.2.7', '::ffff:192.0.2.7', '::FFFF:c000:207', '0:0:0:0:0:ffff:192.0.2.7'],
    ['2001:db8:1:2::', '2001:db8:1:2::1', '2001:0DB8:0001:0002:ffff::', '2001:db8:1:2:3:4:5:6'],
    ['fe80::', 'fe80::1%eth0', 'fe80::2'],
  ] as const) {
    for (const ip of aliases) t.equal(rateLimiter.networkOf({ ip }), network, ip)
  }
  t.not(rateLimiter.networkOf({ ip: '2001:db8:1:3::1' }), '2001:db8:1:2::')
})

t.test('a store that fails: each process counts alone, and says so once', async (t) => {
  const kv = createMemoryKvStore()
  let failing = true
  const moody: IKvStore = {
    ...kv,
    increment: async (...args) => {
      if (failing) throw new UnavailableError('down')
      return kv.increment(...args)
    },
  }
  const { app, lines } = await host(t, { kv: moody })
  route(app, '/login', 'login')
  const statuses = []
  for (let i = 0; i < 4; i++) statuses.push((await from(app, '198.51.100.1')).statusCode)
  t.strictSame(statuses, [200, 200, 200, 429], 'neither open nor closed')
  failing = false
  t.equal((await from(app, '198.51.100.1')).statusCode, 200)
  t.strictSame(
    lines.filter(({ msg }) => /rate limits/.test(String(msg))).map(({ level, msg }) => `${level} ${msg}`),
    ['40 the key-value store fails: rate limits are counted in each process alone', '30 rate limits are shared again'],
  )
})

t.test('a store that hangs is one that fails', async (t) => {
  const hanging: IKvStore = { ...createMemoryKvStore(), increment: () => new Promise<never>(() => undefined) }
  const { app } = await host(t, { kv: hanging })
  route(app, '/login', 'login')
  t.equal((await from(app, '198.51.100.1')).statusCode, 200)
})

t.test('production behind a proxy that nobody told us about: one warning', async (t) => {
  for (const [options, warnings] of [
    [{}, 1],
    [{ trustProxy: '127.0.0.1' }, 0],
    [{ mode: 'development' }, 0],
  ] as const) {
    const { app, lines } = await host(t, options)
    route(app, '/login', 'login')
    for (let i = 0; i < 3; i++)
      await from(app, '127.0.0.1', '/login', i > 0 ? { 'x-forwarded-for': '203.0.113.9' } : {})
    const told = lines.filter(({ msg }) => String(msg).includes('jex.trustProxy'))
    t.equal(told.length, warnings, JSON.stringify(options))
  }
})
