import { type IKvStore, type KvValue, kvEntry, UnavailableError } from '@json-express/core'
import { Cluster, Redis } from 'ioredis'
import { writeHealth } from './health-key.js'
import { BUSY_MS, timedOut, within } from './patience.js'
import { scripts } from './scripts.js'
import { createSilence } from './silence.js'

export interface RedisKvStoreOptions {
  /**
   * A client of ioredis, with the options of `clientOptions` unless you know better; the store closes it. A client with
   * an offline queue or without a command timeout makes requests hang while Redis is away.
   */
  client: Redis | Cluster
}

/** What the scripts add to a client. */
interface Steps {
  kvIncrement(key: string, by: string, ttl: string): Promise<string>
  kvCompareAndSet(key: string, expected: string, next: string, ttl: string): Promise<0 | 1>
}

/**
 * Makes a store on a Redis server, at least 6.2. Every call ends within the command timeout of its client: with
 * `UnavailableError` when Redis did not answer, and then a write may have been done all the same.
 */
export function createRedisKvStore({ client }: RedisKvStoreOptions): IKvStore {
  for (const [name, script] of Object.entries(scripts)) client.defineCommand(name, script)
  const redis = client as typeof client & Steps
  const milliseconds = patienceOf(client)
  // of a cluster one node may be silent alone
  const silence = client instanceof Redis ? createSilence(client) : null
  let closing: Promise<void> | undefined

  return {
    get: async <T extends KvValue>(key: string) => jsonValue<T>(await ask(key, () => redis.get(key))),

    async set(key, value, options) {
      const json = kvEntry.serialise(value)
      const ttl = life(options?.ttlMs)
      await ask(key, () => (ttl === '' ? redis.set(key, json) : redis.set(key, json, 'PX', ttl)))
    },

    delete: async (key) => (await ask(key, () => redis.del(key))) === 1,

    take: async <T extends KvValue>(key: string) => jsonValue<T>(await ask(key, () => redis.getdel(key))),

    async increment(key, { by = 1, ttlMs } = {}) {
      const ttl = life(ttlMs)
      kvEntry.assertStep(by)
      return Number(await ask(key, () => redis.kvIncrement(key, String(by), ttl)))
    },

    async compareAndSet(key, expected, next, options) {
      const [from, to] = [expected, next].map((value) => (value === null ? '' : kvEntry.serialise(value))) as [
        string,
        string,
      ]
      const ttl = life(options?.ttlMs)
      return (await ask(key, () => redis.kvCompareAndSet(key, from, to, ttl))) === 1
    },

    health: () => answered(() => writeHealth(redis)),

    close() {
      closing ??= Promise.resolve(client.disconnect())
      return closing
    },
  } satisfies IKvStore

  function ask<T>(key: string, command: () => Promise<T>): Promise<T> {
    kvEntry.assertKey(key)
    return answered(command)
  }

  async function answered<T>(command: () => Promise<T>): Promise<T> {
    if (closing !== undefined) throw new UnavailableError('kv: the store is closed')
    if (silence?.lasts) throw new UnavailableError('kv: Redis does not answer')
    const began = performance.now()
    try {
      return await within(milliseconds, command())
    } catch (error) {
      if (timedOut(error) && performance.now() - began < milliseconds + BUSY_MS) silence?.begin()
      // of commands that went out together ioredis follows a slot that has moved only if all of them met it
      if (client instanceof Cluster && messageOf(error).startsWith('MOVED')) client.refreshSlotsCache()
      throw translateFailure(error)
    }
  }
}

function patienceOf(client: Redis | Cluster): number {
  const options = client instanceof Cluster ? client.options.redisOptions : client.options
  return options?.commandTimeout ?? Number.POSITIVE_INFINITY
}

function translateFailure(error: unknown): Error {
  const message = messageOf(error)
  if (message.includes('NOTINTEGER')) return new TypeError('kv: only an integer can be incremented')
  if (message.includes('TOOLARGE')) return new RangeError('kv: the counter would leave the safe integers')
  return new UnavailableError(`kv: Redis does not work: ${message}`, { cause: error })
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Throws `UnavailableError` for what is no JSON: the store holds something that is not ours. */
function jsonValue<T extends KvValue>(json: string | null): T | null {
  try {
    return kvEntry.parse<T>(json)
  } catch (cause) {
    throw new UnavailableError('kv: Redis holds something under this key that is no JSON', { cause })
  }
}

function life(ttlMs: number | undefined): string {
  kvEntry.assertTtl(ttlMs)
  return ttlMs === undefined ? '' : String(ttlMs)
}
