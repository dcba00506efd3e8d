import type { KvValue } from './contracts/kv-store.js'

/** What every key-value store checks and computes alike, so that all of them take and refuse the same. */
export const kvEntry = {
  /** Throws `TypeError` for what is no key. */
  assertKey(key: string): void {
    if (typeof key !== 'string' || key === '') throw new TypeError('kv: a key must be a non-empty string')
  },

  /** Throws `RangeError` for what is no life of an entry, in milliseconds; `undefined` is one without an end. */
  assertTtl(ttlMs: number | undefined): void {
    if (ttlMs === undefined || (Number.isSafeInteger(ttlMs) && ttlMs > 0)) return
    throw new RangeError('kv: ttlMs must be a positive integer')
  },

  /** The value as JSON: a copy by nature, and what `compareAndSet` compares. Throws `TypeError` for what JSON cannot carry. */
  serialise(value: KvValue): string {
    const json: string | undefined = JSON.stringify(value)
    if (json === undefined || json === 'null') throw new TypeError('kv: a value must be JSON and not null')
    return json
  },

  /** The value of a serialised one, `null` when there is none. */
  parse<T extends KvValue = KvValue>(json: string | null | undefined): T | null {
    return json === null || json === undefined ? null : (JSON.parse(json) as T)
  },

  /** Throws `RangeError` for what a counter cannot be changed by. */
  assertStep(by: number): void {
    if (!Number.isSafeInteger(by)) throw new RangeError('kv: by must be an integer')
  },

  /** A counter after `by` was added; `null` counts as 0. Throws `TypeError` for what is no counter, `RangeError` beyond 2^53. */
  sum(current: KvValue | null, by: number): number {
    if (current !== null && !Number.isSafeInteger(current))
      throw new TypeError('kv: only an integer can be incremented')
    const sum = Number(current) + by
    if (!Number.isSafeInteger(sum)) throw new RangeError('kv: the counter would leave the safe integers')
    return sum
  },
} as const
