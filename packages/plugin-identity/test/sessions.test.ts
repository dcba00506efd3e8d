import { type IKvStore, sessionKey } from '@json-express/core'
import { createMemoryKvStore } from '@json-express/kv-memory'
import t, { type Test } from 'tap'
import { createSessions, RefreshTokenReused } from '../src/sessions.js'

const DAY = 86_400_000
const LIVES = { refreshTtl: 7 * DAY, refreshMaxAge: 90 * DAY, refreshGrace: 30_000, maxSessions: 20 }
const LOCAL = {
  ...{ secret: 's'.repeat(40), previousSecrets: [], algorithm: 'HS256' as const, algorithms: ['HS256' as const] },
}
const CLIENT = { address: '127.0.0.1', network: '127.0.0.1', userAgent: 'test' }
const ann = { id: 'ann', tokenVersion: 0 }
const invalid = { code: 'INVALID_TOKEN' }

function make(t: Test, lives: Partial<typeof LIVES> = {}, kv: IKvStore = createMemoryKvStore()) {
  const { now } = Date
  let passed = 0
  Date.now = () => now() + passed
  t.teardown(async () => {
    Date.now = now
    await kv.close()
  })
  const sessions = createSessions(kv, LOCAL, { ...LIVES, ...lives })
  const start = () => sessions.start(ann, CLIENT)
  const rotate = (token: string) => sessions.rotate(token, CLIENT)
  const pass = (ms: number) => {
    passed += ms
  }
  return { kv, sessions, start, rotate, pass }
}

t.test('fifty refreshes at once with one token yield one successor, and the session lives', async (t) => {
  const { sessions, start, rotate } = make(t)
  const { refreshToken, sessionId } = await start()
  const all = await Promise.all(Array.from({ length: 50 }, () => rotate(refreshToken)))
  t.equal(new Set(all.map((one) => one.refreshToken)).size, 1)
  t.not(all[0]?.refreshToken, refreshToken)
  t.equal((await rotate(all[0]?.refreshToken ?? '')).sessionId, sessionId)
  t.equal((await sessions.list('ann', 0)).length, 1)
})

t.test('a retry within the grace gets the same successor, while that is unused', async (t) => {
  const { start, rotate, pass } = make(t)
  const { refreshToken } = await start()
  const lost = await rotate(refreshToken)
  pass(29_000)
  t.strictSame(await rotate(refreshToken), lost)
  await rotate(lost.refreshToken)
  await t.rejects(rotate(refreshToken), RefreshTokenReused, 'two generations old')
  await t.rejects(rotate(lost.refreshToken), invalid, 'the session has ended')
})

t.test('after the grace a used token is theft', async (t) => {
  const { sessions, start, rotate, pass } = make(t)
  const { refreshToken, sessionId } = await start()
  const next = await rotate(refreshToken)
  pass(30_000)
  await t.rejects(rotate(refreshToken), { name: 'RefreshTokenReused', userId: 'ann', sessionId })
  await t.rejects(rotate(next.refreshToken), invalid)
  t.strictSame(await sessions.list('ann', 0), [])
})

t.test('without a grace the second use is theft at once', async (t) => {
  const { start, rotate } = make(t, { refreshGrace: 0 })
  const { refreshToken } = await start()
  await rotate(refreshToken)
  await t.rejects(rotate(refreshToken), RefreshTokenReused)
})

t.test('nobody can end a session by knowing its id', async (t) => {
  const { start, rotate } = make(t)
  const { refreshToken, sessionId } = await start()
  const bytes = Buffer.from(refreshToken, 'base64url')
  bytes.fill(0, 20)
  t.equal(bytes.toString('base64url', 0, 16), sessionId)
  for (let guess = 0; guess < 5; guess++) await t.rejects(rotate(bytes.toString('base64url')), invalid)
  t.ok(await rotate(refreshToken))
})

t.test('an idle session ends, one in use ends at its greatest age', async (t) => {
  const { kv, start, rotate, pass } = make(t)
  const idle = await start()
  pass(7 * DAY)
  await t.rejects(rotate(idle.refreshToken), invalid)
  t.equal(await kv.get(sessionKey(idle.sessionId)), null)

  let { refreshToken } = await start()
  for (let day = 0; day < 84; day += 6) {
    pass(6 * DAY)
    refreshToken = (await rotate(refreshToken)).refreshToken
  }
  pass(6 * DAY)
  await t.rejects(rotate(refreshToken), invalid, 'on the ninetieth day')
})

t.test('a store that lost its last moments logs nobody out', async (t) => {
  const { kv, start, rotate } = make(t)
  const { refreshToken, sessionId } = await start()
  const before = await kv.get(sessionKey(sessionId))
  const next = await rotate(refreshToken)
  if (before !== null) await kv.set(sessionKey(sessionId), before)
  const after = await rotate(next.refreshToken)
  t.not(after.refreshToken, next.refreshToken)
  t.ok(await rotate(after.refreshToken))
})

t.test('beyond the greatest number the oldest ends, also when all start at once', async (t) => {
  const { kv, sessions, start, rotate } = make(t, { maxSessions: 3 })
  const first = await start()
  const others = await Promise.all(Array.from({ length: 10 }, start))
  const left = (await sessions.list('ann', 0)).map(({ id }) => id)
  t.equal(left.length, 3)
  const records = await Promise.all([first, ...others].map(({ sessionId }) => kv.get(sessionKey(sessionId))))
  t.equal(records.filter((record) => record !== null).length, 3, 'and nothing of the others is kept')
  await t.rejects(rotate(first.refreshToken), invalid)
})

t.test('a session that has expired makes room', async (t) => {
  const { sessions, start, rotate, pass } = make(t, { maxSessions: 2 })
  await start()
  pass(6 * DAY)
  const kept = await start()
  pass(2 * DAY)
  await start()
  t.equal((await sessions.list('ann', 0)).length, 2)
  t.ok(await rotate(kept.refreshToken))
})

t.test('a list says what the user may know, and ends belong to their user', async (t) => {
  const { sessions, start } = make(t)
  const { sessionId } = await start()
  const [listed] = await sessions.list('ann', 0)
  t.match(listed, { id: sessionId, client: { address: '127.0.0.1', userAgent: 'test' } })
  t.type(listed?.createdAt, Date)
  t.notOk(await sessions.end('bob', sessionId), 'not his')
  t.notOk(await sessions.end('ann', 'unknown'))
  t.notOk(await sessions.end('ann', ''))
  t.ok(await sessions.end('ann', sessionId))
  t.notOk(await sessions.end('ann', sessionId), 'once')
})

t.test('a record from before addresses were always known is listed like the others', async (t) => {
  const { kv, sessions, start, rotate } = make(t)
  const { sessionId, refreshToken } = await start()
  const { address, ...record } = (await kv.get<Record<string, string>>(sessionKey(sessionId))) ?? {}
  t.equal(address, '127.0.0.1')
  await kv.set(sessionKey(sessionId), record)
  t.match(await sessions.list('ann', 0), [{ id: sessionId, client: { address: 'unknown', userAgent: 'test' } }])
  t.ok(await rotate(refreshToken))
})

t.test('all end that a revocation is newer than, and no others', async (t) => {
  const { kv, sessions, start } = make(t)
  const before = [await start(), await start()]
  const after = await sessions.start({ id: 'ann', tokenVersion: 1 }, CLIENT)
  await sessions.endAll('ann', 1)
  t.strictSame(
    (await sessions.list('ann', 1)).map(({ id }) => id),
    [after.sessionId],
  )
  t.strictSame(await sessions.list('ann', 2), [], 'what was started before a revocation is not alive')
  for (const { sessionId } of before) t.equal(await kv.get(sessionKey(sessionId)), null)
  await sessions.endAll('ann', Number.POSITIVE_INFINITY)
  t.equal(await kv.get('identity:sessions:ann'), null, 'nothing of a deleted user is left')
})

t.test('without a grace the second use is theft, also when the clock was set back', async (t) => {
  const { start, rotate, pass } = make(t, { refreshGrace: 0 })
  const { refreshToken } = await start()
  await rotate(refreshToken)
  pass(-5000)
  await t.rejects(rotate(refreshToken), RefreshTokenReused)
})

t.test('no token is at rest', async (t) => {
  const { kv, start, rotate } = make(t)
  const first = await start()
  const next = await rotate(first.refreshToken)
  const stored = JSON.stringify([await kv.get(sessionKey(first.sessionId)), await kv.get('identity:sessions:ann')])
  for (const { refreshToken } of [first, next]) {
    t.notOk(stored.includes(refreshToken))
    t.notOk(stored.includes(refreshToken.slice(-43)))
  }
})
