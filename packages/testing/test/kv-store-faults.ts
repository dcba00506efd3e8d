import { setImmediate as turn } from 'node:timers/promises'
import type { IKvStore, KvValue } from '@json-express/core'

/** A rule, a fault it has to find, and how to put that fault on a store. */
export type KvFault = [rule: string, fault: string, (kv: IKvStore) => Partial<IKvStore>]

export const kvFaults: readonly KvFault[] = [
  ['absent is null, and false to delete', 'undefined', () => ({ get: async () => undefined as never })],
  [
    'set replaces, delete removes',
    'set adds only',
    (kv) => ({ set: async (key, value) => void (await kv.compareAndSet(key, null, value)) }),
  ],
  [
    'values go in and come out as copies',
    'shares objects',
    () => {
      const values = new Map<string, KvValue>()
      return {
        get: async <T extends KvValue>(key: string) => (values.get(key) ?? null) as T | null,
        set: async (key, value) => void values.set(key, value),
      }
    },
  ],
  [
    'gives back every JSON value as it was',
    'falsy is absent',
    (kv) => ({ get: async (key) => (await kv.get(key)) || (null as never) }),
  ],
  [
    'what get returned may be compared with',
    'sorts keys',
    (kv) => ({
      set: (key, value, options) => kv.set(key, typeof value === 'object' ? JSON.stringify(value) : value, options),
      get: async (key) => {
        const value = await kv.get<string>(key)
        return typeof value === 'string' && /^[[{]/.test(value) ? JSON.parse(value) : value
      },
    }),
  ],
  ['keeps odd keys apart', 'folds case', (kv) => renamed(kv, (key) => key.toLowerCase())],
  ['keeps odd keys apart', 'normalises', (kv) => renamed(kv, (key) => key.normalize())],
  ['keeps odd keys apart', 'cuts', (kv) => renamed(kv, (key) => key.slice(0, 1024))],
  ['keeps odd keys apart', 'trims', (kv) => renamed(kv, (key) => key.trim() || ' ')],
  ['keeps odd keys apart', 'prototype', (kv) => ({ get: async (key) => ({})[key as never] ?? kv.get(key) })],
  ['refuses the empty key', 'takes it', (kv) => renamed(kv, (key) => key || 'empty')],
  [
    'an entry ends with its TTL, for every operation',
    'delete sees the dead',
    (kv) => ({
      delete: async (key) => {
        await kv.delete(key)
        return true
      },
    }),
  ],
  [
    'a TTL above 24.8 days does not end at once',
    'a timer for each key',
    (kv) => ({
      async set(key, value, { ttlMs } = {}) {
        await kv.set(key, value)
        // What Node makes of a longer timer.
        if (ttlMs !== undefined)
          setTimeout(() => void kv.delete(key).catch(() => {}), ttlMs > 2 ** 31 - 1 ? 1 : ttlMs).unref()
      },
    }),
  ],
  [
    'set replaces the TTL too',
    'keeps the first TTL',
    (kv) => {
      const first = new Map<string, object>()
      return {
        async set(key, value, options = {}) {
          first.set(key, first.get(key) ?? options)
          await kv.set(key, value, first.get(key))
        },
      }
    },
  ],
  [
    'compareAndSet sets the TTL given, or none',
    'no TTL',
    (kv) => ({ compareAndSet: (key, expected, next) => kv.compareAndSet(key, expected, next) }),
  ],
  [
    'increment sets the TTL at creation and never extends it',
    'extends',
    (kv) => ({
      async increment(key, options) {
        const count = await kv.increment(key, options)
        await kv.set(key, count, options)
        return count
      },
    }),
  ],
  [
    'increment gives no TTL to a counter that has none',
    'extends',
    (kv) => ({
      async increment(key, options) {
        const count = await kv.increment(key, options)
        await kv.set(key, count, options)
        return count
      },
    }),
  ],
  [
    'a bad TTL rejects with RangeError and changes nothing',
    'takes 0 as none',
    (kv) => ({ set: (key, value, options) => kv.set(key, value, options?.ttlMs === 0 ? {} : options) }),
  ],
  [
    'take gives the value to exactly one of many',
    'two steps',
    (kv) => ({
      async take(key) {
        const value = await kv.get(key)
        await turn()
        await kv.delete(key)
        return value as never
      },
    }),
  ],
  [
    'delete says true to exactly one of many',
    'two steps',
    (kv) => ({
      async delete(key) {
        const value = await kv.get(key)
        await turn()
        await kv.delete(key)
        return value !== null
      },
    }),
  ],
  [
    'increment counts every one of many',
    'two steps',
    (kv) => ({
      async increment(key, { by = 1, ttlMs } = {}) {
        const next = Number(await kv.get(key)) + by
        await turn()
        await kv.set(key, next, ttlMs === undefined ? {} : { ttlMs })
        return next
      },
    }),
  ],
  [
    'increment starts at 0, adds any integer, and works on a number that was set',
    'adds 1',
    (kv) => ({ increment: (key) => kv.increment(key) }),
  ],
  [
    'increment of anything but an integer rejects with TypeError and changes nothing',
    'starts again',
    (kv) => ({
      async increment(key) {
        if (typeof (await kv.get(key)) !== 'number') await kv.delete(key)
        return kv.increment(key)
      },
    }),
  ],
  [
    'compareAndSet replaces only what is expected',
    'truthy will do',
    (kv) => ({
      async compareAndSet(key, expected, next) {
        return expected !== null && (await kv.get(key)) !== null && kv.set(key, next ?? 0).then(() => true)
      },
    }),
  ],
  [
    'compareAndSet takes null as absent and as delete',
    'stores null',
    (kv) => ({ compareAndSet: (key, expected, next) => kv.compareAndSet(key, expected, next ?? 'null') }),
  ],
  [
    'compareAndSet keeps 0, false and the empty string apart from absent',
    'falsy',
    (kv) => ({
      async compareAndSet(key, expected, next) {
        if (!(await kv.get(key)) && expected === null) await kv.delete(key)
        return kv.compareAndSet(key, expected, next)
      },
    }),
  ],
  [
    'compareAndSet has one winner of many',
    'two steps',
    (kv) => ({
      async compareAndSet(key, expected, next) {
        const found = await kv.get(key)
        await turn()
        if (found !== expected) return false
        await (next === null ? kv.delete(key) : kv.set(key, next))
        return true
      },
    }),
  ],
  [
    'read and compareAndSet in a loop loses no update',
    'last wins',
    (kv) => ({ compareAndSet: (key, _, next) => kv.set(key, next ?? 0).then(() => true) }),
  ],
  ['is healthy', 'is not', () => ({ health: () => Promise.resolve('ill' as never) })],
  [
    'once closed every call rejects with UnavailableError',
    'absent',
    (kv) => ({ get: (key) => kv.get(key).catch(() => null) as never }),
  ],
]

/** Runs an operation of the store under other keys. */
function renamed(kv: IKvStore, name: (key: string) => string): Partial<IKvStore> {
  return {
    get: (key) => kv.get(name(key)),
    set: (key, ...rest) => kv.set(name(key), ...rest),
    delete: (key) => kv.delete(name(key)),
    take: (key) => kv.take(name(key)),
    increment: (key, ...rest) => kv.increment(name(key), ...rest),
    compareAndSet: (key, ...rest) => kv.compareAndSet(name(key), ...rest),
  }
}
