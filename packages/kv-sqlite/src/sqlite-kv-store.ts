import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { type IKvStore, type KvValue, kvEntry, UnavailableError } from '@json-express/core'
import { createBatches, type Step } from './batches.js'
import { createFile, openFile } from './open-file.js'

export interface SqliteKvStoreOptions {
  /** The file, created with its folder when absent. Not that of a database. */
  file: string
  log?: { warn(details: object, message: string): void }
  /** How long a call waits while another process writes. Default 2000 ms. */
  waitMs?: number
}

const SWEEP_EVERY_MS = 10_000
const SWEEP_AT_MOST = 1000

/**
 * Makes a store on a SQLite file, which several processes of one machine may share. What a call changed is on the disk
 * when it resolves. Throws `BootError` when the file cannot be used.
 */
export function createSqliteKvStore({ file: path, log, waitMs = 2000 }: SqliteKvStoreOptions): IKvStore {
  const file = resolve(path)
  createFile(file, log)
  const { ino } = statSync(file)
  const batches = createBatches(() => openFile(file), waitMs)
  const sweeper = setInterval(sweep, SWEEP_EVERY_MS).unref()
  let closing: Promise<void> | undefined

  return {
    get: async <T extends KvValue>(key: string) => read(key, (entries) => kvEntry.parse<T>(entries.find(key)?.json)),

    async set(key, value, options) {
      const entry = { json: kvEntry.serialise(value), expiresAt: expiry(options?.ttlMs) }
      await write(key, (entries) => entries.put(key, entry))
    },

    delete: async (key) =>
      write(key, (entries) => {
        const there = entries.find(key) !== null
        entries.remove(key)
        return there
      }),

    take: async <T extends KvValue>(key: string) =>
      write(key, (entries) => {
        const value = kvEntry.parse<T>(entries.find(key)?.json)
        entries.remove(key)
        return value
      }),

    async increment(key, { by = 1, ttlMs } = {}) {
      const expiresAt = expiry(ttlMs)
      kvEntry.assertStep(by)
      return write(key, (entries) => {
        const entry = entries.find(key)
        const next = kvEntry.sum(kvEntry.parse(entry?.json), by)
        entries.put(key, { json: kvEntry.serialise(next), expiresAt: entry === null ? expiresAt : entry.expiresAt })
        return next
      })
    },

    async compareAndSet(key, expected, next, options) {
      const entry = next === null ? null : { json: kvEntry.serialise(next), expiresAt: expiry(options?.ttlMs) }
      const wanted = expected === null ? null : kvEntry.serialise(expected)
      return write(key, (entries) => {
        if ((entries.find(key)?.json ?? null) !== wanted) return false
        if (entry === null) entries.remove(key)
        else entries.put(key, entry)
        return true
      })
    },

    async health() {
      await read('health', (entries) => entries.find('health'))
      if (statSync(file, { throwIfNoEntry: false })?.ino === ino) return
      throw new UnavailableError(`kv: ${file} was removed or replaced while in use, restart to open it anew`)
    },

    close() {
      clearInterval(sweeper)
      closing ??= batches.close()
      return closing
    },
  } satisfies IKvStore

  function read<T>(key: string, step: Step<T>): Promise<T> {
    assertUsable(key)
    return batches.read(step)
  }

  function write<T>(key: string, step: Step<T>): Promise<T> {
    assertUsable(key)
    return batches.write(step)
  }

  function assertUsable(key: string): void {
    if (closing !== undefined) throw new UnavailableError('kv: the store is closed')
    kvEntry.assertKey(key)
  }

  /** Entries whose time is over are absent at once; this frees their room. */
  function sweep(): void {
    batches
      .write((entries) => entries.sweep(SWEEP_AT_MOST))
      .then((freed) => freed === SWEEP_AT_MOST && closing === undefined && sweep())
      .catch((err: unknown) => log?.warn({ err }, 'expired entries could not be removed; it will be tried again'))
  }
}

function expiry(ttlMs: number | undefined): number | null {
  kvEntry.assertTtl(ttlMs)
  return ttlMs === undefined ? null : Math.min(Date.now() + ttlMs, Number.MAX_SAFE_INTEGER)
}
