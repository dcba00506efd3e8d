import assert from 'node:assert/strict'
import type { IKvStore } from '@json-express/core'
import { eventually } from '../eventually.js'
import type { KvStoreSubject } from '../kv-store.js'
import type { Rule } from '../suite.js'
import { kvStoreRule } from './rule.js'

const SHORT = 60
/** Long enough for a few calls to a slow backend, short enough to be waited for. */
const MEDIUM = 1500
const HOUR = 3_600_000

/** A Node timer of more than 2^31 - 1 ms fires after 1 ms; 2^32 + 5 is 5 in 32 bits. */
const FAR = [2 ** 31 - 1, 2 ** 31, 2 ** 32 + 5, 10 * 365 * 24 * HOUR, Number.MAX_SAFE_INTEGER]

const BAD_TTLS = [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, '1000' as unknown as number]

/** Life and end of entries. */
export const kvTtlRules: readonly Rule<KvStoreSubject>[] = [
  kvStoreRule('an entry ends with its TTL, for every operation', async (kv) => {
    const keys = ['get', 'delete', 'take', 'increment', 'compareAndSet']
    for (const key of keys) await kv.set(key, 'old', { ttlMs: SHORT })
    await passed(kv, SHORT)
    assert.equal(await kv.get('get'), null)
    assert.equal(await kv.delete('delete'), false)
    assert.equal(await kv.take('take'), null)
    assert.equal(await kv.increment('increment'), 1)
    assert.equal(await kv.compareAndSet('compareAndSet', 'old', 'new'), false)
    assert.equal(await kv.compareAndSet('compareAndSet', null, 'new'), true)
  }),

  kvStoreRule('a TTL above 24.8 days does not end at once', async (kv) => {
    for (const ttlMs of FAR) {
      await kv.set(`set ${ttlMs}`, ttlMs, { ttlMs })
      await kv.increment(`increment ${ttlMs}`, { ttlMs })
      await kv.compareAndSet(`swap ${ttlMs}`, null, ttlMs, { ttlMs })
    }
    await passed(kv, SHORT)
    for (const ttlMs of FAR) {
      assert.equal(await kv.get(`set ${ttlMs}`), ttlMs)
      assert.equal(await kv.get(`increment ${ttlMs}`), 1)
      assert.equal(await kv.get(`swap ${ttlMs}`), ttlMs)
    }
  }),

  kvStoreRule('set replaces the TTL too', async (kv) => {
    await kv.set('freed', 1, { ttlMs: MEDIUM })
    await kv.set('freed', 2)
    await kv.set('prolonged', 1, { ttlMs: MEDIUM })
    await kv.set('prolonged', 2, { ttlMs: HOUR })
    await kv.set('shortened', 1)
    await kv.set('shortened', 2, { ttlMs: SHORT })
    await passed(kv, MEDIUM)
    assert.equal(await kv.get('shortened'), null)
    assert.equal(await kv.get('freed'), 2)
    assert.equal(await kv.get('prolonged'), 2)
  }),

  kvStoreRule('compareAndSet sets the TTL given, or none', async (kv) => {
    await kv.set('freed', 1, { ttlMs: MEDIUM })
    await kv.set('shortened', 1)
    await kv.set('lost', 1, { ttlMs: MEDIUM })
    assert.equal(await kv.compareAndSet('freed', 1, 2), true)
    assert.equal(await kv.compareAndSet('shortened', 1, 2, { ttlMs: SHORT }), true)
    assert.equal(await kv.compareAndSet('lost', 'another', 2, { ttlMs: HOUR }), false)
    await passed(kv, MEDIUM)
    assert.equal(await kv.get('shortened'), null)
    assert.equal(await kv.get('lost'), null)
    assert.equal(await kv.get('freed'), 2)
  }),

  kvStoreRule('increment sets the TTL at creation and never extends it', async (kv) => {
    await kv.increment('counter', { ttlMs: MEDIUM })
    const later = [{ ttlMs: HOUR }, {}, { ttlMs: HOUR, by: 3 }].map((options) => kv.increment('counter', options))
    assert.deepEqual((await Promise.all(later)).at(-1), 6)
    await passed(kv, MEDIUM)
    assert.equal(await kv.get('counter'), null)
    assert.equal(await kv.increment('counter', { ttlMs: HOUR }), 1)
  }),

  kvStoreRule('increment gives no TTL to a counter that has none', async (kv) => {
    await kv.increment('made by increment')
    await kv.set('made by set', 1)
    assert.equal(await kv.increment('made by increment', { ttlMs: SHORT }), 2)
    assert.equal(await kv.increment('made by set', { ttlMs: SHORT }), 2)
    await passed(kv, SHORT)
    assert.equal(await kv.get('made by increment'), 2)
    assert.equal(await kv.get('made by set'), 2)
  }),

  kvStoreRule('a bad TTL rejects with RangeError and changes nothing', async (kv) => {
    await kv.set('key', 1)
    for (const ttlMs of BAD_TTLS) {
      await assert.rejects(() => kv.set('key', 2, { ttlMs }), RangeError, `set ${ttlMs}`)
      await assert.rejects(() => kv.increment('key', { ttlMs }), RangeError, `increment ${ttlMs}`)
      await assert.rejects(() => kv.increment('new', { ttlMs }), RangeError, `increment ${ttlMs}`)
      await assert.rejects(() => kv.compareAndSet('key', 1, 2, { ttlMs }), RangeError, `compareAndSet ${ttlMs}`)
    }
    assert.equal(await kv.get('key'), 1)
    assert.equal(await kv.get('new'), null)
  }),
]

/** Waits until the store itself has let an entry of this TTL end, so that those made before must have ended too. */
async function passed(kv: IKvStore, ttlMs: number): Promise<void> {
  await kv.set('passed', true, { ttlMs })
  await eventually(async () => (await kv.get('passed')) === null, 'an entry ends with its TTL')
}
