import { mock } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { KvValue } from '@json-express/core'
import { kvStoreRules } from '@json-express/testing'
import t from 'tap'
import { createMemoryKvStore } from '../src/memory-kv-store.js'

const MIB = 1024 * 1024
setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as () => void

const subject = { open: async () => createMemoryKvStore() }

for (const rule of kvStoreRules) t.test(rule.name, () => rule.run(subject))

t.test('refuses what is no key and no value', async (t) => {
  const kv = createMemoryKvStore()
  t.teardown(() => kv.close())
  for (const key of [['a'], 1, null, undefined]) {
    await t.rejects(kv.get(key as unknown as string), TypeError)
  }
  for (const value of [null, undefined, Number.NaN, () => {}, Symbol('s'), 1n]) {
    await t.rejects(kv.set('key', value as unknown as KvValue), TypeError)
  }
  await t.rejects(kv.increment('key', { by: 1.5 }), RangeError)
  t.equal(await kv.get('key'), null)
})

t.test('a counter does not leave the safe integers', async (t) => {
  const kv = createMemoryKvStore()
  t.teardown(() => kv.close())
  await kv.set('key', Number.MAX_SAFE_INTEGER)
  await t.rejects(kv.increment('key'), RangeError)
  t.equal(await kv.get('key'), Number.MAX_SAFE_INTEGER)
})

t.test('an expired entry is freed although nobody asks for it, and nothing else', async (t) => {
  mock.timers.enable({ apis: ['setInterval', 'Date'], now: Date.now() })
  t.teardown(() => mock.timers.reset())
  const kv = createMemoryKvStore()
  t.teardown(() => kv.close())
  for (let index = 0; index < 64; index++) await kv.set(`big ${index}`, 'x'.repeat(MIB) + index, { ttlMs: 5000 })
  for (let index = 0; index < 64; index++) await kv.set(`small ${index}`, index, { ttlMs: 3_600_000 })
  const full = heapMiB()
  mock.timers.tick(4000)
  t.ok(full - heapMiB() < 16, 'all are kept until their end')
  mock.timers.tick(60_000)
  t.ok(full - heapMiB() > 48, 'most of the 64 MiB are free again')
  for (let index = 0; index < 64; index++) t.equal(await kv.get(`small ${index}`), index)
})

function heapMiB(): number {
  gc()
  return process.memoryUsage().heapUsed / MIB
}
