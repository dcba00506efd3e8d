import type { IKvStore, RateLimit } from '@json-express/core'
import type { FastifyBaseLogger } from 'fastify'
import { LRUCache } from 'lru-cache'

const PREFIX = 'ratelimit:'
/** A store that hangs must not hang every request that is counted. */
const PATIENCE_MS = 500
/** Counters of one process while the store fails: beyond them the least recently used is forgotten. */
const MAX_LOCAL = 50_000

/** Integers that live until the end of their window. */
export interface Counter {
  /** Adds and resolves to the new count; `by: 0` only reads. */
  add(key: string, by: number, limit: RateLimit): Promise<{ count: number; resetMs: number }>
  clear(key: string, limit: RateLimit): Promise<void>
}

/**
 * Counts in the key-value store; while that fails, or takes too long, in this process. Says once when it begins and once
 * when it is over.
 */
export function createCounter(kv: IKvStore, log: FastifyBaseLogger): Counter {
  const local = new LRUCache<string, number>({ max: MAX_LOCAL })
  let failing = false

  const attempt = async <T>(shared: () => Promise<T>, alone: () => T): Promise<T> => {
    try {
      const result = await within(PATIENCE_MS, shared())
      if (failing) log.info('rate limits are shared again')
      failing = false
      return result
    } catch (err) {
      if (!failing) log.warn({ err }, 'the key-value store fails: rate limits are counted in each process alone')
      failing = true
      return alone()
    }
  }

  return {
    async add(key, by, limit) {
      const { id, resetMs } = place(key, limit)
      const count = await attempt(
        async () => (by === 0 ? ((await kv.get<number>(id)) ?? 0) : kv.increment(id, { by, ttlMs: resetMs })),
        () => {
          const next = (local.get(id) ?? 0) + by
          local.set(id, next, { ttl: resetMs })
          return next
        },
      )
      return { count: Math.max(0, count), resetMs }
    },
    async clear(key, limit) {
      const { id } = place(key, limit)
      await attempt(
        async () => void (await kv.delete(id)),
        () => void local.delete(id),
      )
    },
  }
}

/** Windows start at multiples of their length, so that every instance agrees on them without asking. */
function place(key: string, { windowMs }: RateLimit): { id: string; resetMs: number } {
  const now = Date.now()
  const start = now - (now % windowMs)
  return { id: `${PREFIX}${start}:${key}`, resetMs: start + windowMs - now }
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
