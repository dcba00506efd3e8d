import { type CollectionSchema, MigrationError, type MigrationReport } from '@json-express/core'
import pRetry from 'p-retry'
import type { Connection } from './connection.js'
import type { Connections } from './connections.js'
import { planMigration } from './migration-plan.js'
import { isConflict, isForbidden, isLockTimeout, violationOf } from './postgres-failure.js'

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
 */
export function migrate(
  connections: Connections,
  schemas: readonly CollectionSchema[],
  lockMs: number,
): Promise<MigrationReport> {
  return pRetry(() => connections.use((connection) => attempt(connection, schemas, lockMs), MIGRATION_STATEMENT_MS), {
    retries: Number.POSITIVE_INFINITY,
    maxRetryTime: WAIT_MS,
    minTimeout: 50,
    maxTimeout: 1000,
    randomize: true,
    // A row that was written between a look and the statement is found by the next look.
    shouldRetry: ({ error }) => isConflict(error) || isLockTimeout(error) || isBrokenByRow(error),
  })
}

async function attempt(
  { execute, command }: Connection,
  schemas: readonly CollectionSchema[],
  lockMs: number,
): Promise<MigrationReport> {
  await command('BEGIN ISOLATION LEVEL READ COMMITTED')
  try {
    await command(`SET LOCAL statement_timeout = ${MIGRATION_STATEMENT_MS}; SET LOCAL lock_timeout = ${WAIT_MS}`)
    await execute({ sql: 'SELECT pg_advisory_xact_lock($1)', parameters: [LOCK] })
    await command(`SET LOCAL lock_timeout = ${lockMs}`)
    const { statements, ...report } = await planMigration(execute, schemas)
    for (const statement of statements) await command(statement)
    await command('COMMIT')
    return report
  } catch (error) {
    await command('ROLLBACK').catch(() => {}) // the connection is not lent again then, which ends the transaction
    throw explain(error)
  }
}

function isBrokenByRow(error: unknown): boolean {
  const kind = violationOf(error)?.kind
  return kind === 'unique' || kind === 'reference'
}

function explain(error: unknown): unknown {
  const violation = violationOf(error)
  if (violation?.kind === 'length') {
    const what = `The index ${violation.constraint} on ${violation.table} takes texts of about 2700 bytes`
    return new MigrationError(`${what}, and some are longer: shorten them, or leave the index out`, { cause: error })
  }
  if (isForbidden(error)) {
    const remedy = 'make it the owner of the tables, and GRANT it CREATE ON the SCHEMA'
    return new MigrationError(`The database user may not change the tables: ${remedy}`, { cause: error })
  }
  return error
}
