import { errors, type IDatabaseAdapter, type UserState } from '@json-express/core'

const FIELDS = ['id', 'role', 'tokenVersion', 'disabled']

/** The state of a user's row right now, `undefined` when there is none. Rejects with `UNAVAILABLE`, never with a 401. */
export type UserLookup = (id: string) => Promise<UserState | undefined>

interface Waiting {
  resolve(state: UserState | undefined): void
  reject(error: unknown): void
}

/**
 * Makes a look-up that gathers everything asked within one turn of the event loop into one query. Nothing is kept
 * between turns, so a revocation holds for the very next request.
 */
export function createUserLookup(db: IDatabaseAdapter): UserLookup {
  let batch = new Map<string, Waiting[]>()

  const flush = async () => {
    const asked = batch
    batch = new Map()
    try {
      const rows = await db.findByIds('users', [...asked.keys()], FIELDS)
      const states = new Map(rows.map((row) => [row.id, row as unknown as UserState]))
      for (const [id, waiting] of asked) for (const { resolve } of waiting) resolve(states.get(id))
    } catch (cause) {
      const error = Object.assign(new errors.Unavailable(), { cause })
      for (const waiting of asked.values()) for (const { reject } of waiting) reject(error)
    }
  }

  return (id) =>
    new Promise((resolve, reject) => {
      if (batch.size === 0) setImmediate(flush)
      const waiting = batch.get(id)
      if (waiting) waiting.push({ resolve, reject })
      else batch.set(id, [{ resolve, reject }])
    })
}
