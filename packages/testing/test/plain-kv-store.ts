import { type IKvStore, type KvValue, UnavailableError } from '@json-express/core'

/** A correct store, kept as plain as possible, for faults to be put on. */
export function createPlainKvStore(): IKvStore {
  const entries = new Map<string, { json: string; end: number }>()
  let closed = false

  const find = (key: string) => {
    if (closed) throw new UnavailableError('closed')
    if (key === '') throw new RangeError('empty key')
    const entry = entries.get(key)
    return entry !== undefined && entry.end > Date.now() ? entry : null
  }
  const end = (ttlMs = Number.MAX_SAFE_INTEGER) => {
    if (!Number.isSafeInteger(ttlMs) || ttlMs < 1) throw new RangeError('bad TTL')
    return Date.now() + ttlMs
  }
  const parse = <T extends KvValue>(json: string | undefined) => (json === undefined ? null : (JSON.parse(json) as T))

  return {
    get: async <T extends KvValue>(key: string) => parse<T>(find(key)?.json),
    async set(key, value, options) {
      find(key)
      entries.set(key, { json: JSON.stringify(value), end: end(options?.ttlMs) })
    },
    delete: async (key) => find(key) !== null && entries.delete(key),
    async take<T extends KvValue>(key: string) {
      const json = find(key)?.json
      entries.delete(key)
      return parse<T>(json)
    },
    async increment(key, { by = 1, ttlMs } = {}) {
      const entry = { end: end(ttlMs), json: '0', ...find(key) }
      if (!/^-?\d+$/.test(entry.json)) throw new TypeError('not an integer')
      entries.set(key, { ...entry, json: String(Number(entry.json) + by) })
      return Number(entry.json) + by
    },
    async compareAndSet(key, expected, next, options) {
      const entry = { json: JSON.stringify(next), end: end(options?.ttlMs) }
      if ((find(key)?.json ?? 'null') !== JSON.stringify(expected)) return false
      if (next === null) return entries.delete(key)
      entries.set(key, entry)
      return true
    },
    async health() {
      if (closed) throw new UnavailableError('closed')
    },
    async close() {
      closed = true
    },
  }
}
