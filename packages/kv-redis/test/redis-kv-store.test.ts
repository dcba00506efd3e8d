import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { KvValue } from '@json-express/core'
import { kvStoreRules } from '@json-express/testing'
import t, { type Test } from 'tap'
import { startRedis } from '../../../test/harness/servers/redis-server.js'
import { startProxy } from '../../../test/harness/servers/tcp-proxy.js'
import { connectRedis, createRedisKvStore } from '../src/index.js'

t.test('keeps the contract', async (t) => {
  t.jobs = 8 // most of them wait for a TTL
  const { url } = await startRedis(t)
  const subject = {
    open: async () => createRedisKvStore({ client: await connectRedis({ url, prefix: randomUUID() }) }),
  }
  for (const rule of kvStoreRules) void t.test(rule.name, { buffered: true }, () => rule.run(subject))
})

t.test('keeps the contract on a cluster', async (t) => {
  t.jobs = 8
  const redis = await startRedis(t, ['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1'])
  await redis.command('cluster', 'addslotsrange', '0', '16383')
  for (let state = ''; !state.includes('cluster_state:ok'); ) state = await redis.command('cluster', 'info')
  const { url } = redis
  const open = async () =>
    createRedisKvStore({ client: await connectRedis({ url, prefix: randomUUID(), cluster: true }) })
  for (const rule of kvStoreRules) void t.test(rule.name, { buffered: true }, () => rule.run({ open }))
})

t.test('refuses what is no key and no value', async (t) => {
  const { kv } = await storeOnRedis(t)
  for (const key of [['a'], 1, null, undefined]) await t.rejects(kv.get(key as unknown as string), TypeError)
  for (const value of [null, undefined, Number.NaN, () => {}, Symbol('s'), 1n]) {
    await t.rejects(kv.set('key', value as unknown as KvValue), TypeError)
  }
  await t.rejects(kv.increment('key', { by: 1.5 }), RangeError)
  await kv.set('key', Number.MAX_SAFE_INTEGER)
  await t.rejects(kv.increment('key'), RangeError)
  t.equal(await kv.get('key'), Number.MAX_SAFE_INTEGER)
})

t.test('stores share what they have, and only with those of their prefix', async (t) => {
  const { kv, redis } = await storeOnRedis(t)
  const [same, other] = await Promise.all(
    ['test:', 'other:'].map(async (prefix) =>
      createRedisKvStore({ client: await connectRedis({ url: redis.url, prefix }) }),
    ),
  )
  t.teardown(() => Promise.all([same?.close(), other?.close()]))
  await kv.set('key', 1, { ttlMs: 60_000 })
  t.equal(await same?.increment('key'), 2)
  t.equal(await other?.get('key'), null)
  t.equal(await redis.command('get', 'test:key'), '2')
  t.ok(Number(await redis.command('pttl', 'test:key')) > 50_000)
})

t.test('of calls in two stores at once exactly one wins', async (t) => {
  const { kv, redis } = await storeOnRedis(t)
  const second = createRedisKvStore({ client: await connectRedis({ url: redis.url, prefix: 'test:' }) })
  t.teardown(() => second.close())
  await kv.set('token', 'once')
  await kv.set('version', 1)
  const both = Array.from({ length: 100 }, (_, n) => (n % 2 === 0 ? kv : second))
  const taken = await Promise.all(both.map((store) => store.take('token')))
  t.equal(taken.filter((value) => value === 'once').length, 1)
  const swapped = await Promise.all(both.map((store, n) => store.compareAndSet('version', 1, n + 2)))
  t.equal(swapped.filter(Boolean).length, 1)
  await Promise.all(both.map((store) => store.increment('count')))
  t.equal(await kv.get('count'), 100)
})

t.test('after a restart of Redis everything is there, without a hand', async (t) => {
  const { kv, redis } = await storeOnRedis(t)
  await kv.set('key', 'kept')
  await redis.end('SIGKILL')
  await t.rejects(kv.get('key'), { name: 'UnavailableError' })
  await t.rejects(kv.set('key', 'lost'), { name: 'UnavailableError' })
  await t.rejects(kv.health(), { name: 'UnavailableError' })
  await redis.start()
  await back(kv)
  t.equal(await kv.get('key'), 'kept')
  t.equal(await kv.increment('scripts too'), 1, 'those are not known to the new server')
})

t.test('a Redis that is stopped makes no call hang, and what ran late is one whole step', async (t) => {
  const { kv, redis } = await storeOnRedis(t)
  await kv.set('version', 1)
  redis.pause()
  const calls = [kv.get('version'), kv.compareAndSet('version', 1, 2), kv.increment('count'), kv.health()]
  for (const result of await Promise.allSettled(calls)) {
    t.match(result, { status: 'rejected', reason: { name: 'UnavailableError' } })
  }
  redis.resume()
  await back(kv)
  t.equal(await kv.get('version'), 2, 'a timeout is no failure: Redis did it when it went on')
  t.equal(await kv.compareAndSet('version', 1, 3), false)
})

t.test('a Redis that is silent is waited for once, not by every call', async (t) => {
  const { kv, redis } = await storeOnRedis(t)
  redis.pause()
  await t.rejects(kv.get('key'), { name: 'UnavailableError' })
  const began = performance.now()
  for (let call = 0; call < 50; call++) await t.rejects(kv.increment('key'), { name: 'UnavailableError' })
  t.ok(performance.now() - began < 5000, 'each by itself would wait 0.4 s')
  redis.resume()
  await back(kv)
  t.equal(await kv.get('key'), null, 'what was not asked was not done')
})

t.test('what is no JSON is an outage of the store, and no absent value', async (t) => {
  const { kv, redis } = await storeOnRedis(t)
  await redis.command('set', 'test:key', '{"cut o')
  await t.rejects(kv.get('key'), { name: 'UnavailableError', message: /no JSON/ })
  await t.rejects(kv.take('key'), { name: 'UnavailableError', message: /no JSON/ })
})

t.test('counters are exact up to the last safe integer', async (t) => {
  const { kv } = await storeOnRedis(t)
  for (const start of [2 ** 53 - 8, -(2 ** 53) + 8]) {
    await kv.set('key', start)
    const by = Math.sign(start)
    for (let step = 1; step <= 7; step++) t.equal(await kv.increment('key', { by }), start + step * by)
    await t.rejects(kv.increment('key', { by }), RangeError)
  }
})

t.test('scripts that Redis has forgotten are sent again', async (t) => {
  const { kv, redis } = await storeOnRedis(t)
  for (let flush = 1; flush <= 5; flush++) {
    await redis.command('script', 'flush')
    const counts = await Promise.all([kv.increment('count'), kv.increment('count')])
    t.strictSame(new Set(counts), new Set([2 * flush - 1, 2 * flush]))
  }
})

t.test('what Redis answered and the network lost is not done again', async (t) => {
  const redis = await startRedis(t)
  const proxy = await startProxy(t, redis.port)
  const url = `redis://127.0.0.1:${proxy.port}`
  const kv = createRedisKvStore({ client: await connectRedis({ url }) })
  t.teardown(() => kv.close())
  await kv.increment('count')
  const lost = proxy.loseAnswerTo(/count/)
  await t.rejects(kv.increment('count'), { name: 'UnavailableError' })
  await lost
  await back(kv)
  t.equal(await kv.get('count'), 2)
})

t.test('a network that carries nothing any more is given up and replaced', async (t) => {
  const redis = await startRedis(t)
  const proxy = await startProxy(t, redis.port)
  const kv = createRedisKvStore({ client: await connectRedis({ url: `redis://127.0.0.1:${proxy.port}` }) })
  t.teardown(() => kv.close())
  proxy.hold()
  await t.rejects(kv.set('key', 1), { name: 'UnavailableError' })
  proxy.refuse()
  await t.rejects(kv.set('key', 2), { name: 'UnavailableError' })
  proxy.carry()
  await back(kv)
  await kv.set('key', 3)
  t.equal(await kv.get('key'), 3)
})

t.test('a Redis that takes nothing refuses, reads on, and comes back', async (t) => {
  const { kv, redis } = await storeOnRedis(t)
  await kv.set('key', 'kept')
  await redis.command('config', 'set', 'maxmemory', '1')
  for (const write of [() => kv.set('key', 'new'), () => kv.increment('n'), () => kv.compareAndSet('n', null, 1)]) {
    await t.rejects(async () => void (await write()), { name: 'UnavailableError', message: /OOM/ })
  }
  t.equal(await kv.get('key'), 'kept')
  await redis.command('config', 'set', 'maxmemory', '0')
  t.equal(await kv.increment('n'), 1)
  await redis.command('replicaof', '127.0.0.1', '1')
  await t.rejects(kv.set('key', 'new'), { name: 'UnavailableError' })
  await redis.command('replicaof', 'no', 'one')
  await back(kv)
  await kv.set('key', 'new')
  t.equal(await kv.get('key'), 'new')
})

t.test('what was flushed is absent, no error', async (t) => {
  const { kv, redis } = await storeOnRedis(t)
  await kv.set('key', 1)
  await redis.command('flushall')
  t.equal(await kv.get('key'), null)
  t.equal(await kv.increment('count'), 1)
})

async function storeOnRedis(t: Test) {
  const redis = await startRedis(t)
  const kv = createRedisKvStore({ client: await connectRedis({ url: redis.url, prefix: 'test:' }) })
  t.teardown(() => kv.close())
  return { redis, kv }
}

/** Resolves once the store has found Redis again by itself. */
async function back(kv: { health(): Promise<void>; set(key: string, value: KvValue): Promise<void> }): Promise<void> {
  for (;;) {
    try {
      await kv.set('back', true)
      return await kv.health()
    } catch {
      await pause(20)
    }
  }
}
