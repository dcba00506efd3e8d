import { type IKvStore, sessionKey } from '@json-express/core'

/** Which sessions a user has. Ids of sessions that have expired are dropped whenever it is written. */
export interface SessionIndex {
  ids(userId: string): Promise<string[]>
  /** Adds a session. Resolves to the ids that have to end, so that no more than `max` are left. */
  add(userId: string, sessionId: string): Promise<string[]>
  remove(userId: string, sessionIds: readonly string[]): Promise<void>
}

export interface SessionIndexOptions {
  max: number
  /** The longest life of a session, milliseconds. */
  ttlMs: number
}

/** A list of ids, oldest first, changed by compare-and-set: of concurrent changes none is lost. */
export function createSessionIndex(kv: IKvStore, { max, ttlMs }: SessionIndexOptions): SessionIndex {
  const change = async (userId: string, apply: (ids: string[]) => Promise<string[]>) => {
    const key = `identity:sessions:${userId}`
    for (;;) {
      const ids = await kv.get<string[]>(key)
      const next = await apply(ids ?? [])
      if (await kv.compareAndSet(key, ids, next.length > 0 ? next : null, { ttlMs })) return
    }
  }

  const living = async (ids: readonly string[]) => {
    const records = await Promise.all(ids.map((id) => kv.get(sessionKey(id))))
    return ids.filter((_, index) => records[index] !== null)
  }

  return {
    ids: async (userId) => (await kv.get<string[]>(`identity:sessions:${userId}`)) ?? [],
    async add(userId, sessionId) {
      let oldest: string[] = []
      await change(userId, async (ids) => {
        const known = await living(ids)
        oldest = known.slice(0, Math.max(0, known.length + 1 - max))
        return [...known.slice(oldest.length), sessionId]
      })
      return oldest
    },
    remove: (userId, sessionIds) => change(userId, async (ids) => ids.filter((id) => !sessionIds.includes(id))),
  }
}
