import type { IKvStore, RateLimit } from '@json-express/core'
import type { FastifyBaseLogger } from 'fastify'
import { LRUCache } from 'lru-cache'
import { createOutage } from './outage.js'

const PREFIX = 'ratelimit:'
/** A store that hangs must not hang every request that is counted. */
const PATIENCE_MS = 500
/** Counters of one process while the store fails: beyond them the least recently used is forgotten. */
const MAX_LOCAL = 50_000

export interface Count {
  count: number
  /** Milliseconds until the window ends. */
  resetMs: number
}

/** Integers that live until the end of their window. */
export interface Counter {
  /** Adds and resolves to the new count, which is never below 0. */
  add(key: string, by: number, limit: RateLimit): Promise<Count>
  read(key: string, limit: RateLimit): Promise<Count>
  clear(key: string, limit: RateLimit): Promise<void>
}

/** Counts in the key-value store; while that fails, or takes too long, in this process. */
export function createCounter(kv: IKvStore, log: FastifyBaseLogger): Counter {
  const local = new LRUCache<string, number>({ max: MAX_LOCAL })
  const outage = createOutage(log)

  /** `null` where the store failed, or has just done so. */
  const attempt = async <T>(work: () => Promise<T>): Promise<T | null> => {
    if (outage.fresh) return null
    try {
      return await within(PATIENCE_MS, work())
    } catch (err) {
      outage.failed(err)
      return null
    }
  }

  const addAlone = (id: string, by: number, ttl: number): number => {
    const count = Math.max(0, (local.get(id) ?? 0) + by)
    local.set(id, count, { ttl })
    return count
  }

  return {
    async add(key, by, limit) {
      const { id, resetMs } = place(key, limit)
      const shared = await attempt(() => addShared(kv, id, by, resetMs))
      if (shared !== null) outage.counted()
      return { count: shared ?? addAlone(id, by, resetMs), resetMs }
    },
    async read(key, limit) {
      const { id, resetMs } = place(key, limit)
      const shared = (await attempt(async () => (await kv.get<number>(id)) ?? 0)) ?? 0
      const alone = outage.lasts ? (local.get(id) ?? 0) : 0
      return { count: Math.max(shared, alone), resetMs }
    },
    async clear(key, limit) {
      const { id } = place(key, limit)
      local.delete(id)
      await attempt(() => kv.delete(id))
    },
  }
}

/** What is given back after its window has ended was counted in another one, so it must not make room in this one. */
async function addShared(kv: IKvStore, id: string, by: number, ttlMs: number): Promise<number> {
  const count = await kv.increment(id, { by, ttlMs })
  const stray = Math.min(-count, -by)
  if (stray > 0) await kv.increment(id, { by: stray, ttlMs })
  return Math.max(0, count)
}

/**
 * Windows start at multiples of their length, so that every instance agrees on them without asking. The length is part of
 * the place: a key may be counted by the minute and by the hour.
 */
function place(key: string, { windowMs }: RateLimit): { id: string; resetMs: number } {
  const now = Date.now()
  const start = now - (now % windowMs)
  return { id: `${PREFIX}${windowMs}:${start}:${key}`, resetMs: start + windowMs - now }
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
