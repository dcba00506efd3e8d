import { type IKvStore, type KvValue, kvEntry, UnavailableError } from '@json-express/core'

interface Entry {
  /** Serialised JSON: a copy by nature, and what `compareAndSet` compares. */
  json: string
  expiresAt: number
}

const SWEEP_EVERY_MS = 1000
/** Each sweep looks at this share of the entries, so that none takes long and all have been seen after 30. */
const SWEEP_SHARE = 1 / 30

/**
 * Makes an empty store in the memory of this process. An expired entry is gone for every reader at once; its memory is
 * freed about 30 s later by a sweeper that does not keep the process alive.
 */
export function createMemoryKvStore(): IKvStore {
  const entries = new Map<string, Entry>()
  let cursor = entries.entries()
  let closed = false
  const sweeper = setInterval(sweep, SWEEP_EVERY_MS).unref()

  // No operation awaits anything, which is what makes each of them atomic.
  return {
    async get<T extends KvValue>(key: string) {
      return kvEntry.parse<T>(find(key)?.json)
    },

    async set(key, value, options) {
      assertKey(key)
      entries.set(key, { json: kvEntry.serialise(value), expiresAt: expiry(options?.ttlMs) })
    },

    async delete(key) {
      return find(key) !== undefined && entries.delete(key)
    },

    async take<T extends KvValue>(key: string) {
      const entry = find(key)
      entries.delete(key)
      return kvEntry.parse<T>(entry?.json)
    },

    async increment(key, { by = 1, ttlMs } = {}) {
      const expiresAt = expiry(ttlMs)
      kvEntry.assertStep(by)
      const entry = find(key)
      const next = kvEntry.sum(kvEntry.parse(entry?.json), by)
      entries.set(key, { json: kvEntry.serialise(next), expiresAt: entry?.expiresAt ?? expiresAt })
      return next
    },

    async compareAndSet(key, expected, next, options) {
      const entry = next === null ? null : { json: kvEntry.serialise(next), expiresAt: expiry(options?.ttlMs) }
      const wanted = expected === null ? undefined : kvEntry.serialise(expected)
      if (find(key)?.json !== wanted) return false
      if (entry === null) entries.delete(key)
      else entries.set(key, entry)
      return true
    },

    async health() {
      assertOpen()
    },

    async close() {
      closed = true
      clearInterval(sweeper)
      entries.clear()
    },
  } satisfies IKvStore

  function find(key: string): Entry | undefined {
    assertKey(key)
    const entry = entries.get(key)
    if (entry === undefined || entry.expiresAt > Date.now()) return entry
    entries.delete(key)
    return undefined
  }

  function assertKey(key: string): void {
    assertOpen()
    kvEntry.assertKey(key)
  }

  function assertOpen(): void {
    if (closed) throw new UnavailableError('kv: the store is closed')
  }

  function sweep(): void {
    const now = Date.now()
    for (let left = Math.ceil(entries.size * SWEEP_SHARE); left > 0; left--) {
      const next = cursor.next()
      if (next.done) {
        cursor = entries.entries()
        return
      }
      const [key, { expiresAt }] = next.value
      if (expiresAt <= now) entries.delete(key)
    }
  }
}

function expiry(ttlMs: number | undefined): number {
  kvEntry.assertTtl(ttlMs)
  return ttlMs === undefined ? Number.POSITIVE_INFINITY : Date.now() + ttlMs
}
