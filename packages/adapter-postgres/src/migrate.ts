import type { CollectionSchema, MigrationReport } from '@json-express/core'
import pRetry from 'p-retry'
import type { Connection } from './connection.js'
import type { Connections } from './connections.js'
import { explainMigration } from './migration-failure.js'
import { planMigration } from './migration-plan.js'
import { isConflict, isLockTimeout, violationOf } from './postgres-failure.js'

/** How long to wait for other instances that migrate, and for a moment in which nobody uses a table. */
const WAIT_MS = 60_000
/** Indexes on many rows take their time, and so does looking at them all. */
export const MIGRATION_STATEMENT_MS = 600_000
/** 'jex', for `pg_advisory_xact_lock`: one migration at a time in a database. */
const LOCK = 0x6a6578

/**
 * Brings the tables to the schemas, all or nothing. Throws `MigrationError` with one line for each thing that the
 * existing data forbids.
 *
 * @param lockMs How long a statement may wait for a table. Meanwhile everybody who comes later waits, too, so it gives
 *   way and tries again.
 * @param waitMs How long to try.
 */
export async function migrate(
  connections: Connections,
  schemas: readonly CollectionSchema[],
  lockMs: number,
  waitMs: number = WAIT_MS,
): Promise<MigrationReport> {
  const progress: Progress = { doing: '' }
  const once = () =>
    connections.use((connection) => attempt(connection, schemas, { lockMs, waitMs }, progress), MIGRATION_STATEMENT_MS)
  try {
    return await pRetry(once, {
      retries: Number.POSITIVE_INFINITY,
      maxRetryTime: waitMs,
      minTimeout: 50,
      maxTimeout: 1000,
      randomize: true,
      // A row that was written between a look and the statement is found by the next look.
      shouldRetry: ({ error }) => isConflict(error) || isLockTimeout(error) || isBrokenByRow(error),
    })
  } catch (error) {
    throw explainMigration(error, progress.doing, waitMs)
  }
}

/** What was tried last. */
interface Progress {
  doing: string
}

async function attempt(
  { execute, command }: Connection,
  schemas: readonly CollectionSchema[],
  { lockMs, waitMs }: { lockMs: number; waitMs: number },
  progress: Progress,
): Promise<MigrationReport> {
  await command('BEGIN ISOLATION LEVEL READ COMMITTED')
  try {
    await command(`SET LOCAL statement_timeout = ${MIGRATION_STATEMENT_MS}; SET LOCAL lock_timeout = ${waitMs}`)
    progress.doing = 'the lock that migrations take in turn'
    await execute({ sql: 'SELECT pg_advisory_xact_lock($1)', parameters: [LOCK] })
    await command(`SET LOCAL lock_timeout = ${lockMs}`)
    progress.doing = 'a look at the tables'
    const { statements, ...report } = await planMigration(execute, schemas)
    for (const statement of statements) {
      progress.doing = statement
      await command(statement)
    }
    await command('COMMIT')
    return report
  } catch (error) {
    await command('ROLLBACK').catch(() => {}) // the connection is not lent again then, which ends the transaction
    throw error
  }
}

function isBrokenByRow(error: unknown): boolean {
  const kind = violationOf(error)?.kind
  return kind === 'unique' || kind === 'reference'
}
