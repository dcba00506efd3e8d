import { UnavailableError } from '@json-express/core'
import type { Connections } from './connections.js'
import { UndoneCommit } from './postgres-failure.js'
import { type ServerLife, STILL_LIVES } from './server-life.js'

/** By what a transaction is known that was not answered: its number, which is its own as long as the server lives. */
export interface TransactionName {
  readonly xid: string
  readonly life: ServerLife
}

/** The connection was lost at COMMIT: it may have happened. */
export class LostCommit extends UnavailableError {
  /** @param result What the work of the transaction came to. */
  constructor(
    readonly transaction: TransactionName,
    readonly result: unknown,
    cause: unknown,
  ) {
    super('Whether the database has committed this transaction is not known', { cause })
  }
}

const PAUSE_MS = 50

/**
 * Runs a transaction. Where its COMMIT is lost, asks the server on another connection what came of it: resolves as if
 * nothing had been, throws `UndoneCommit`, or what was lost when the server does not tell within `waitMs`.
 */
export async function withOutcome<T>(
  connections: Connections,
  transaction: () => Promise<T>,
  waitMs: number,
): Promise<T> {
  try {
    return await transaction()
  } catch (error) {
    if (!(error instanceof LostCommit)) throw error
    const status = await outcomeOf(connections, error.transaction, waitMs)
    if (status === 'committed') return error.result as T
    if (status === 'aborted') throw new UndoneCommit('The database has undone this transaction', { cause: error.cause })
    throw error
  }
}

/**
 * A status that is final, or what is known of it at the end (https://www.postgresql.org/docs/current/functions-info.html).
 * After a crash another transaction may have that number: if it has been undone, so has the one that was lost, but that it
 * is committed proves nothing.
 */
async function outcomeOf(connections: Connections, { xid, life }: TransactionName, waitMs: number): Promise<unknown> {
  const end = performance.now() + waitMs
  const parameters = [xid, life.since, life.processes]
  const statement = { sql: `SELECT pg_xact_status($1::xid8), ${STILL_LIVES}`, parameters }
  for (;;) {
    const [[status, isItsOwn] = []] = await connections
      .use(async ({ execute }) => (await execute(statement)).rows)
      .catch((error: unknown) => [[error instanceof UnavailableError ? 'unreachable' : 'unknown']])
    if (status === 'committed' && isItsOwn !== true) return 'unknown'
    // Its session may not have seen yet that nobody is there any more.
    if (status !== 'in progress' && status !== 'unreachable') return status
    if (performance.now() > end) return status
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
}
