import assert from 'node:assert/strict'
import type { KvStoreSubject } from '../kv-store.js'
import type { Rule } from '../suite.js'
import { kvStoreRule } from './rule.js'

const CALLERS = 50

/** What many callers at once may rely on. */
export const kvAtomicRules: readonly Rule<KvStoreSubject>[] = [
  kvStoreRule('take gives the value to exactly one of many', async (kv) => {
    for (const value of ['token', 0, false, '']) {
      await kv.set('key', value, { ttlMs: 60_000 })
      const taken = await Promise.all(times(CALLERS, () => kv.take('key')))
      assert.deepEqual(
        taken.filter((one) => one !== null),
        [value],
      )
      assert.equal(await kv.get('key'), null)
    }
  }),

  kvStoreRule('delete says true to exactly one of many', async (kv) => {
    await kv.set('key', 1)
    const deleted = await Promise.all(times(CALLERS, () => kv.delete('key')))
    assert.equal(deleted.filter(Boolean).length, 1)
  }),

  kvStoreRule('increment counts every one of many', async (kv) => {
    const counts = await Promise.all(times(100, () => kv.increment('key', { ttlMs: 60_000 })))
    assert.deepEqual(
      counts.sort((a, b) => a - b),
      times(100, (index) => index + 1),
    )
    assert.equal(await kv.get('key'), 100)
  }),

  kvStoreRule('increment starts at 0, adds any integer, and works on a number that was set', async (kv) => {
    assert.equal(await kv.increment('counter', { by: 5 }), 5)
    assert.equal(await kv.increment('counter', { by: -7 }), -2)
    assert.equal(await kv.increment('counter', { by: 0 }), -2)
    await kv.set('number', 41)
    assert.equal(await kv.increment('number'), 42)
    assert.equal(await kv.compareAndSet('number', 42, 'text'), true)
    assert.equal(await kv.take('counter'), -2)
  }),

  kvStoreRule('increment of anything but an integer rejects with TypeError and changes nothing', async (kv) => {
    for (const value of ['text', '5', '', 1.5, true, [1], { a: 1 }]) {
      await kv.set('key', value)
      await assert.rejects(() => kv.increment('key'), TypeError, JSON.stringify(value))
      assert.deepEqual(await kv.get('key'), value)
    }
  }),

  kvStoreRule('compareAndSet replaces only what is expected', async (kv) => {
    await kv.set('key', { a: 1, list: [1] })
    for (const other of [{ a: 2, list: [1] }, { a: 1 }, {}, '{"a":1,"list":[1]}', 1, null]) {
      assert.equal(await kv.compareAndSet('key', other, 'wrong'), false, JSON.stringify(other))
    }
    assert.equal(await kv.compareAndSet('key', { a: 1, list: [1] }, 'right'), true)
    assert.equal(await kv.get('key'), 'right')
    assert.equal(await kv.compareAndSet('absent', 'something', 'wrong'), false)
    assert.equal(await kv.get('absent'), null)
  }),

  kvStoreRule('compareAndSet takes null as absent and as delete', async (kv) => {
    assert.equal(await kv.compareAndSet('key', null, 'made'), true)
    assert.equal(await kv.compareAndSet('key', null, 'again'), false)
    assert.equal(await kv.compareAndSet('key', 'another', null), false)
    assert.equal(await kv.get('key'), 'made')
    assert.equal(await kv.compareAndSet('key', 'made', null), true)
    assert.equal(await kv.get('key'), null)
    assert.equal(await kv.delete('key'), false)
  }),

  kvStoreRule('compareAndSet keeps 0, false and the empty string apart from absent', async (kv) => {
    for (const value of [0, false, '']) {
      await kv.set('key', value)
      assert.equal(await kv.compareAndSet('key', null, 'wrong'), false, JSON.stringify(value))
      assert.equal(await kv.compareAndSet('key', value, 'right'), true, JSON.stringify(value))
    }
  }),

  kvStoreRule('compareAndSet has one winner of many', async (kv) => {
    await kv.set('replace', 'before')
    await kv.set('delete', 'before')
    const attempts = {
      create: (index: number) => kv.compareAndSet('create', null, index),
      replace: (index: number) => kv.compareAndSet('replace', 'before', index, { ttlMs: 60_000 }),
      delete: () => kv.compareAndSet('delete', 'before', null),
    }
    for (const [key, attempt] of Object.entries(attempts)) {
      const won = await Promise.all(times(CALLERS, attempt))
      assert.equal(won.filter(Boolean).length, 1, key)
      assert.equal(await kv.get(key), key === 'delete' ? null : won.indexOf(true), key)
    }
  }),

  kvStoreRule('read and compareAndSet in a loop loses no update', async (kv) => {
    await kv.set('list', [])
    await Promise.all(
      times(10, async (index) => {
        for (;;) {
          const list = await kv.get<number[]>('list')
          if (await kv.compareAndSet('list', list, [...(list ?? []), index])) return
        }
      }),
    )
    const list = await kv.get<number[]>('list')
    assert.deepEqual(
      list?.sort((a, b) => a - b),
      times(10, (index) => index),
    )
  }),
]

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index))
}
