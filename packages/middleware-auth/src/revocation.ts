import {
  errors,
  type IDatabaseAdapter,
  type IKvStore,
  type SessionState,
  sessionKey,
  type UserState,
} from '@json-express/core'
import { batchPerTurn } from './batch-per-turn.js'

const FIELDS = ['id', 'role', 'tokenVersion', 'disabled']

/** The state of a user's row right now, `undefined` when there is none. Rejects with `UNAVAILABLE`, never with a 401. */
export type UserLookup = (id: string) => Promise<UserState | undefined>

/** The record of a session right now, `undefined` when it has ended. Rejects with `UNAVAILABLE`, never with a 401. */
export type SessionLookup = (id: string) => Promise<SessionState | undefined>

/** Makes the look-up of users: one query for a turn of the event loop. */
export function createUserLookup(db: IDatabaseAdapter): UserLookup {
  return batchPerTurn(async (ids) => {
    const rows = await db.findByIds('users', ids, FIELDS)
    return new Map(rows.map((row) => [String(row.id), row as unknown as UserState]))
  })
}

/** Makes the look-up of sessions: each asked for once in a turn of the event loop, and failing by itself. */
export function createSessionLookup(kv: IKvStore): SessionLookup {
  return batchPerTurn<SessionState>(async (ids) => {
    const read = async (id: string) => {
      try {
        return [id, await kv.get<SessionState & Record<string, string>>(sessionKey(id))] as const
      } catch (cause) {
        return [id, new errors.Unavailable({ cause })] as const
      }
    }
    const records = await Promise.all(ids.map(read))
    return new Map(records.flatMap(([id, record]) => (record === null ? [] : [[id, record]])))
  })
}
