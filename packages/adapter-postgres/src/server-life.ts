import type { Execute } from './connection.js'

/**
 * A server from one start to the next, or to the crash of one of its processes, after which it begins anew by itself. What
 * was not on the disk is gone then, and numbers of transactions that were lost with it are given to others.
 */
export interface ServerLife {
  /** When it was started, in seconds since the epoch. */
  readonly since: string
  /** The ids of its own processes, as PostgreSQL writes an array: some of them stay as long as it lives. */
  readonly processes: string
}

/** Of sessions everybody sees whose they are, and those of the server itself are nobody's. */
const PROCESSES = 'SELECT pid FROM pg_catalog.pg_stat_activity WHERE usesysid IS NULL'
const SINCE = 'extract(epoch FROM pg_postmaster_start_time())::text'

/** The life that a connection belongs to: it does not outlive it. */
export async function readLife(execute: Execute): Promise<ServerLife> {
  const { rows } = await execute({ sql: `SELECT ${SINCE}, ARRAY(${PROCESSES})::text`, parameters: [] })
  const [since, processes] = rows[0] ?? []
  return { since: String(since), processes: String(processes) }
}

/** SQL for whether it still lives, where `$2` is `since` and `$3` is `processes`. */
export const STILL_LIVES = `${SINCE} = $2 AND EXISTS (${PROCESSES} AND pid = ANY ($3::int[]))`
