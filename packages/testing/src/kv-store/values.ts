import assert from 'node:assert/strict'
import { type IKvStore, type KvValue, UnavailableError } from '@json-express/core'
import type { KvStoreSubject } from '../kv-store.js'
import type { Rule } from '../suite.js'
import { kvStoreRule } from './rule.js'

const LONG = 'k'.repeat(10 * 1024)

/** Keys that a store may mix up: prototype names, patterns, case, composed and decomposed letters, long tails. */
const KEYS = [
  ...['__proto__', 'constructor', 'toString', 'a:b', 'a*', '{a}b', 'a b', ' a', 'a ', 'a\nb', '0', 'null', "a'b"],
  ...['a', 'A', 'é', 'e\u0301', '🗝', '鍵', `${LONG}1`, `${LONG}2`],
]

const VALUES: readonly KvValue[] = [
  ...['', ' ', 'null', '0', '{"a":1}', 'caf\u00e9 🗝', 'nul \u0000 inside', 'line\r\nbreak', 'x'.repeat(1024 * 1024)],
  ...[0, -1, 1.5, 1e21, Number.MAX_SAFE_INTEGER, true, false, [], {}, [null, [0, '', false]]],
  { deep: { list: [{ a: 1 }, null, 'b'], empty: {} }, 'odd key': '', '2': 2, '1': 1 },
  JSON.parse('{"__proto__":{"polluted":true}}') as KvValue,
]

/** Keys, values, copies and the end of a store. */
export const kvValueRules: readonly Rule<KvStoreSubject>[] = [
  kvStoreRule('absent is null, and false to delete', async (kv) => {
    assert.equal(await kv.get('absent'), null)
    assert.equal(await kv.take('absent'), null)
    assert.equal(await kv.delete('absent'), false)
  }),

  kvStoreRule('set replaces, delete removes', async (kv) => {
    assert.equal(await kv.set('key', 'one'), undefined)
    await kv.set('key', { two: 2 })
    assert.deepEqual(await kv.get('key'), { two: 2 })
    assert.equal(await kv.delete('key'), true)
    assert.equal(await kv.get('key'), null)
    assert.equal(await kv.delete('key'), false)
  }),

  kvStoreRule('values go in and come out as copies', async (kv) => {
    const value = { list: [1] }
    await kv.set('key', value)
    value.list.push(2)
    const first = await kv.get<{ list: number[] }>('key')
    assert.deepEqual(first, { list: [1] })
    first?.list.push(3)
    assert.deepEqual(await kv.get('key'), { list: [1] })

    const next = { list: [4] }
    assert.equal(await kv.compareAndSet('key', { list: [1] }, next), true)
    next.list.push(5)
    assert.deepEqual(await kv.get('key'), { list: [4] })
  }),

  kvStoreRule('gives back every JSON value as it was', async (kv) => {
    for (const [index, value] of VALUES.entries()) await kv.set(`value ${index}`, value)
    for (const [index, value] of VALUES.entries()) assert.deepEqual(await kv.get(`value ${index}`), value)
    assert.equal(Object.hasOwn(Object.prototype, 'polluted'), false)
  }),

  kvStoreRule('what get returned may be compared with', async (kv) => {
    for (const [index, value] of VALUES.entries()) {
      const key = `value ${index}`
      await kv.set(key, value)
      assert.equal(await kv.compareAndSet(key, await kv.get(key), 'next'), true, `value ${index}`)
    }
  }),

  kvStoreRule('keeps odd keys apart', async (kv) => {
    for (const key of KEYS) assert.equal(await kv.get(key), null, key.slice(0, 20))
    for (const [index, key] of KEYS.entries()) await kv.set(key, index)
    for (const [index, key] of KEYS.entries()) assert.equal(await kv.get(key), index, key.slice(0, 20))
    for (const [index, key] of KEYS.entries()) assert.equal(await kv.increment(key), index + 1)
    for (const [index, key] of KEYS.entries()) assert.equal(await kv.take(key), index + 1)
    for (const key of KEYS) assert.equal(await kv.delete(key), false)
  }),

  kvStoreRule('refuses the empty key', async (kv) => {
    for (const [name, call] of calls(kv, '')) await assert.rejects(call, isRefusal, name)
  }),

  kvStoreRule('is healthy', async (kv) => {
    assert.equal(await kv.health(), undefined)
  }),

  {
    name: 'once closed every call rejects with UnavailableError',
    async run(subject) {
      const kv = await subject.open()
      await kv.set('key', 1)
      await kv.close()
      for (const [name, call] of calls(kv, 'key')) await assert.rejects(call, UnavailableError, name)
      await assert.rejects(() => kv.health(), UnavailableError, 'health')
    },
  },
]

function calls(kv: IKvStore, key: string): [name: string, call: () => Promise<unknown>][] {
  return [
    ['get', () => kv.get(key)],
    ['set', () => kv.set(key, 1)],
    ['delete', () => kv.delete(key)],
    ['take', () => kv.take(key)],
    ['increment', () => kv.increment(key)],
    ['compareAndSet', () => kv.compareAndSet(key, null, 1)],
  ]
}

function isRefusal(error: unknown): boolean {
  return error instanceof RangeError || error instanceof TypeError
}
