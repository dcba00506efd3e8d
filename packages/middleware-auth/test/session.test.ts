import { type IKvStore, sessionKey, UnavailableError } from '@json-express/core'
import { createMemoryKvStore } from '@json-express/kv-memory'
import t from 'tap'
import { createSessionLookup } from '../src/revocation.js'
import { claims, forge } from './forge.js'
import { protectedApp, user } from './protected-app.js'

const ANN = `Bearer ${forge()}`
const revoked = { status: 401, code: 'TOKEN_REVOKED', challenge: 'Bearer error="invalid_token"' }

/** A store whose backend is gone. */
function failingKvStore(): IKvStore {
  const fail = () => Promise.reject(new UnavailableError('connection refused by 10.0.0.9'))
  return {
    ...{ get: fail, set: fail, delete: fail, take: fail, increment: fail, compareAndSet: fail, health: fail },
    close: async () => {},
  }
}

/** A store that says which keys were read. */
function countingKvStore() {
  const reads: string[] = []
  const store = createMemoryKvStore()
  const get: IKvStore['get'] = (key) => {
    reads.push(key)
    return store.get(key)
  }
  return { reads, kv: { ...store, get } satisfies IKvStore }
}

t.test('a token lives as long as its session, at the very next request', async (t) => {
  const kv = createMemoryKvStore()
  const { app, get } = await protectedApp({}, { kv })
  t.teardown(() => app.close())
  t.match(await get(ANN), { status: 200, body: { user: { id: 'ann', sessionId: 's-ann' } } })
  await kv.delete(sessionKey('s-ann'))
  t.match(await get(ANN), revoked)
  await kv.set(sessionKey('s-ann'), { userId: 'ann', refresh: 'whatever its issuer keeps' })
  t.match(await get(ANN), { status: 200 })
})

t.test("somebody else's session is none", async (t) => {
  const kv = createMemoryKvStore()
  const { app, get } = await protectedApp({}, { kv })
  t.teardown(() => app.close())
  t.match(await get(`Bearer ${forge({ payload: claims({ sid: 's-bob' }) })}`), revoked)
  for (const record of [{ userId: 'bob' }, { userId: ['ann'] }, { user: 'ann' }, {}, 'ann', 1, true, []]) {
    await kv.set(sessionKey('s-ann'), record)
    t.match(await get(ANN), revoked, JSON.stringify(record))
  }
})

t.test('a store that fails is 503, never 401', async (t) => {
  const { app, get, rows } = await protectedApp({}, { kv: failingKvStore() })
  t.teardown(() => app.close())
  t.match(await get(ANN), { status: 503, code: 'UNAVAILABLE', challenge: undefined })
  t.match(await get('Bearer x'), { status: 401, code: 'INVALID_TOKEN' })
  rows.set('ann', user('ann', { disabled: true }))
  t.match(await get(ANN), revoked, 'what the row says needs no session')
  const unavailable = { code: 'UNAVAILABLE', statusCode: 503, cause: { name: 'UnavailableError' } }
  await t.rejects(createSessionLookup(failingKvStore())('s-ann'), unavailable)
})

t.test('auth.sessionCheck=false never asks the store', async (t) => {
  const { app, get } = await protectedApp({ sessionCheck: false }, { kv: failingKvStore() })
  t.teardown(() => app.close())
  t.match(await get(ANN), { status: 200, body: { user: { sessionId: 's-ann' } } })
  t.match(await get(`Bearer ${forge({ payload: claims({ sid: 'ended' }) })}`), { status: 200 })
})

t.test('without a store the log says once what that means', async (t) => {
  const { app, get, log } = await protectedApp({}, { kv: null })
  t.teardown(() => app.close())
  t.match(await get(ANN), { status: 200 })
  t.equal(log.length, 1)
  t.match(log[0], /no KV store/)
})

t.test('without users there are no sessions', async (t) => {
  const { app, get } = await protectedApp({}, { users: false, kv: failingKvStore() })
  t.teardown(() => app.close())
  t.match(await get(ANN), { status: 200 })
})

t.test('equal sessions of one turn are read once, and again in the next', async (t) => {
  const { kv, reads } = countingKvStore()
  const lookup = createSessionLookup(kv)
  await kv.set(sessionKey('a'), { userId: 'ann' })
  const answers = await Promise.all(['a', 'b', 'a', 'a', 'b'].map(lookup))
  t.strictSame(
    answers.map((record) => record?.userId),
    ['ann', undefined, 'ann', 'ann', undefined],
  )
  t.strictSame(reads, [sessionKey('a'), sessionKey('b')])
  await kv.delete(sessionKey('a'))
  t.equal(await lookup('a'), undefined)
})

t.test('a burst of requests of one session reads it less than once a request', async (t) => {
  const { kv, reads } = countingKvStore()
  const { app, get } = await protectedApp({}, { kv })
  t.teardown(() => app.close())
  const answers = await Promise.all(Array.from({ length: 60 }, () => get(ANN)))
  t.ok(answers.every(({ status }) => status === 200))
  t.ok(reads.length < 30, `${reads.length} reads`)
})
