import t, { type Test } from 'tap'
import { appFolder, PRESET } from '../harness/app-folder.js'
import { client } from '../harness/client.js'
import { eventually } from '../harness/eventually.js'
import { startServer } from '../harness/server.js'
import { startRedis } from '../harness/servers/redis-server.js'
import { startProxy } from '../harness/servers/tcp-proxy.js'
import { impatient, isOutage, recovered, register, type Session } from './client-in-trouble.js'

const PASSWORD = 'correct horse battery'
const NOTES = `import { defineModel, types } from '@json-express/core'
export default defineModel({ fields: { text: types.string() }, access: { read: 'public', create: 'user' } })`

/** Promised is one second; a machine that runs other tests beside this one has three. */
const PATIENCE_MS = 3000

/** The first preset with one package more: what it takes to share sessions. */
async function appOnRedis(t: Parameters<typeof appFolder>[0], env: Record<string, string> = {}) {
  const redis = await startRedis(t)
  const proxy = await startProxy(t, redis.port)
  const dir = appFolder(t, {
    dependencies: { ...PRESET, '@json-express/kv-redis': '*' },
    files: { 'models/notes.ts': NOTES },
  })
  const start = (more: Record<string, string> = {}) =>
    startServer(t, dir, {
      env: {
        JEX__KV_REDIS__URL: `redis://127.0.0.1:${proxy.port}`,
        ...env,
        ...more,
      },
    })
  const server = await start()
  return { redis, proxy, server, start, call: impatient(client(server.url)) }
}

type App = Awaited<ReturnType<typeof appOnRedis>>

/** What holds while Redis is of no use: nobody is let in, nobody is told that the tokens are bad, what is public goes on. */
async function holdsDuringOutage(t: Test, { call }: Pick<App, 'call'>, ann: Session): Promise<void> {
  const prompt = impatient(call, PATIENCE_MS)
  const me = await prompt('GET', '/auth/me', undefined, ann.accessToken)
  t.ok(isOutage(me), `a protected route: ${me.status} ${me.text}`)
  const login = await prompt('POST', '/auth/login', { email: 'ann@example.com', password: PASSWORD })
  t.ok(isOutage(login), `a login: ${login.status} ${login.text}`)
  const refresh = await prompt('POST', '/auth/refresh', { refreshToken: ann.refreshToken })
  t.ok(isOutage(refresh), `a refresh: ${refresh.status} ${refresh.text}`)
  const forged = await call('GET', '/auth/me', undefined, `${ann.accessToken.slice(0, -4)}AAAA`)
  t.match(forged, { status: 401, body: { error: { code: 'INVALID_TOKEN' } } }, 'a bad token is bad in any case')
  t.equal((await call('GET', '/notes')).status, 200, 'a public route')
  t.equal((await call('GET', '/health')).status, 200, 'the process is well')
  const unready = await eventually(
    'a server that is not ready',
    () => call('GET', '/ready'),
    ({ status }) => status === 503,
  )
  t.match(unready.body, { checks: { db: 'ok', kv: 'failed' } })
}

/** After it, without a hand: the tokens of before are good, none was taken for stolen. */
async function holdsAfterwards(t: Test, { call, server }: App, ann: Session): Promise<Session> {
  t.equal((await recovered(call, ann)).status, 200)
  const next = await call('POST', '/auth/refresh', { refreshToken: ann.refreshToken })
  t.equal(next.status, 200, `the refresh token of before: ${next.text}`)
  t.equal((await call('GET', '/auth/me', undefined, next.body.accessToken)).status, 200)
  const login = await call('POST', '/auth/login', { email: 'ann@example.com', password: PASSWORD })
  t.equal(login.status, 200, login.text)
  t.notMatch(server.output(), /session\.reused/)
  return next.body
}

t.test('Redis is killed and comes back, is stopped and goes on, is unreachable and found again', async (t) => {
  const app = await appOnRedis(t)
  let ann = await register(app.call, 'ann@example.com', PASSWORD)
  const outages: [string, begin: () => unknown, end: () => unknown][] = [
    ['killed', () => app.redis.end('SIGKILL'), () => app.redis.start()],
    ['stopped', () => app.redis.pause(), () => app.redis.resume()],
    ['unreachable', () => app.proxy.refuse(), () => app.proxy.carry()],
    ['silent', () => app.proxy.hold(), () => app.proxy.carry()],
  ]
  for (const [what, begin, end] of outages) {
    await t.test(what, async (t) => {
      await begin()
      await holdsDuringOutage(t, app, ann)
      await end()
      ann = await holdsAfterwards(t, app, ann)
    })
  }
  t.equal(await app.server.stop(), 0)
})

t.test('Redis is there again, and still reads what it has', async (t) => {
  const app = await appOnRedis(t)
  const { redis } = app
  const ann = await register(app.call, 'ann@example.com', PASSWORD)
  await redis.command('eval', 'for i = 1, 100000 do redis.call("set", "other:" .. i, i) end', '0')
  await redis.end('SIGKILL')
  const started = redis.start(['--key-load-delay', '300']) // microseconds for each, or half a minute in all
  const ping = () => redis.command('ping')
  await eventually('a Redis that loads', ping, (said) => /LOADING/.test(said))
  await holdsDuringOutage(t, app, ann)
  t.match(await ping(), /LOADING/, 'all that while')
  await redis.command('config', 'set', 'key-load-delay', '0')
  await started
  await holdsAfterwards(t, app, ann)
  t.equal(await app.server.stop(), 0)
})

t.test('Redis is gone, and sessions are not asked for: the database alone decides', async (t) => {
  const app = await appOnRedis(t, { JEX__AUTH__SESSION_CHECK: 'false' })
  const ann = await register(app.call, 'ann@example.com', PASSWORD)
  await app.redis.end('SIGKILL')
  t.equal((await app.call('GET', '/auth/me', undefined, ann.accessToken)).status, 200)
  t.equal((await app.call('POST', '/notes', { text: 'written meanwhile' }, ann.accessToken)).status, 201)
  const login = await app.call('POST', '/auth/login', { email: 'ann@example.com', password: PASSWORD })
  t.ok(isOutage(login), 'a new session needs the store')
  await app.redis.start()
  await holdsAfterwards(t, app, ann)
})

t.test('Redis takes nothing more: full, a replica, or wanting a password', async (t) => {
  const app = await appOnRedis(t)
  let ann = await register(app.call, 'ann@example.com', PASSWORD)
  const { command } = app.redis
  for (const [what, begin, end] of [
    ['full', ['config', 'set', 'maxmemory', '1'], ['config', 'set', 'maxmemory', '0']],
    ['a replica', ['replicaof', '127.0.0.1', '1'], ['replicaof', 'no', 'one']],
  ] as const) {
    await t.test(what, async (t) => {
      await command(...begin)
      const login = await app.call('POST', '/auth/login', { email: 'ann@example.com', password: PASSWORD })
      t.ok(isOutage(login), `a login: ${login.status} ${login.text}`)
      const refresh = await app.call('POST', '/auth/refresh', { refreshToken: ann.refreshToken })
      t.ok(isOutage(refresh), `a refresh: ${refresh.status} ${refresh.text}`)
      t.equal((await app.call('GET', '/notes')).status, 200)
      await command(...end)
      ann = await holdsAfterwards(t, app, ann)
    })
  }
  await t.test('wanting a password', async (t) => {
    await command('config', 'set', 'requirepass', 'not told')
    await command('-a', 'not told', 'client', 'kill', 'type', 'normal', 'skipme', 'yes')
    await holdsDuringOutage(t, app, ann)
    await command('-a', 'not told', 'config', 'set', 'requirepass', '')
    await holdsAfterwards(t, app, ann)
  })
})

t.test('Redis has forgotten everything: tokens are dead, people sign in again, limits count anew', async (t) => {
  const app = await appOnRedis(t)
  const { call } = app
  const ann = await register(call, 'ann@example.com', PASSWORD)
  await app.redis.command('flushall')
  t.match(await call('GET', '/auth/me', undefined, ann.accessToken), {
    status: 401,
    body: { error: { code: 'TOKEN_REVOKED' } },
  })
  t.equal((await call('POST', '/auth/refresh', { refreshToken: ann.refreshToken })).status, 401)
  for (let guess = 0; guess < 5; guess++) {
    t.equal((await call('POST', '/auth/login', { email: 'ann@example.com', password: 'a guess' })).status, 401)
  }
  const locked = await call('POST', '/auth/login', { email: 'ann@example.com', password: PASSWORD })
  t.match(locked, { status: 423 }, 'guessing is counted as before')
  await app.redis.command('flushall')
  const login = await call('POST', '/auth/login', { email: 'ann@example.com', password: PASSWORD })
  t.equal(login.status, 200)
  t.equal((await call('GET', '/auth/me', undefined, login.body.accessToken)).status, 200)
})

t.test('the answer to a rotation is lost on the way: the retry gets it, the session lives', async (t) => {
  const app = await appOnRedis(t)
  const ann = await register(app.call, 'ann@example.com', PASSWORD)
  const lost = app.proxy.loseAnswerTo(/evalsha/i)
  const refresh = () => app.call('POST', '/auth/refresh', { refreshToken: ann.refreshToken })
  t.ok(isOutage(await refresh()))
  await lost
  await holdsAfterwards(t, app, ann)
})

t.test('Redis is killed again and again under load: 503 meanwhile, and every session lives', async (t) => {
  const app = await appOnRedis(t, { JEX__RATELIMIT__ENABLED: 'false' }) // refusals come fast, and would be counted
  const CLIENTS = 6
  const OUTAGES = 4
  const seen = new Set<string>()
  let over = false

  const live = async (started: Session, number: number) => {
    let session = started
    const wrong: string[] = []
    for (let step = number; !over; step++) {
      const answer =
        step % 3 === 0
          ? await app.call('POST', '/auth/refresh', { refreshToken: session.refreshToken })
          : await app.call('GET', '/auth/me', undefined, session.accessToken)
      seen.add(String(answer.status))
      if (answer.status === 200 && step % 3 === 0) session = answer.body
      else if (answer.status !== 200 && !isOutage(answer)) wrong.push(`${answer.status} ${answer.text}`)
    }
    return { session, wrong }
  }
  const emails = Array.from({ length: CLIENTS }, (_, number) => `client-${number}@example.com`)
  const sessions = await Promise.all(emails.map((email) => register(app.call, email, PASSWORD)))
  const clients = Promise.all(sessions.map(live))
  for (let outage = 0; outage < OUTAGES; outage++) {
    await new Promise((resolve) => setTimeout(resolve, 300 + Math.random() * 400))
    await app.redis.end('SIGKILL')
    await new Promise((resolve) => setTimeout(resolve, 300))
    await app.redis.start()
  }
  over = true
  for (const { session, wrong } of await clients) {
    t.strictSame(wrong, [])
    t.equal((await recovered(app.call, session)).status, 200)
    t.equal((await app.call('POST', '/auth/refresh', { refreshToken: session.refreshToken })).status, 200)
  }
  t.strictSame([...seen].sort(), ['200', '503'])
  t.notMatch(app.server.output(), /session\.reused/)
  t.equal(await app.server.stop(), 0)
})
