import type { CollectionSchema, MigrationPlan } from '@json-express/core'
import type { Connections } from './connections.js'
import { MIGRATION_STATEMENT_MS } from './migrate.js'
import { explainMigration } from './migration-failure.js'
import { planMigration } from './migration-plan.js'

/**
 * What `migrate` would do now, and throws what it would throw. Sees one state of the database, in a transaction that may
 * not write; a table that somebody changes at this moment is waited for, `lockMs` at most.
 */
export function dryRun(
  connections: Connections,
  schemas: readonly CollectionSchema[],
  lockMs: number,
): Promise<MigrationPlan> {
  return connections.use(async ({ execute, command }) => {
    const times = `SET LOCAL statement_timeout = ${MIGRATION_STATEMENT_MS}; SET LOCAL lock_timeout = ${lockMs}`
    await command(`BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; ${times}`)
    try {
      return await planMigration(execute, schemas)
    } catch (error) {
      throw explainMigration(error, 'a look at the tables', lockMs)
    } finally {
      await command('ROLLBACK').catch(() => {}) // the connection is not lent again then, which ends the transaction
    }
  }, MIGRATION_STATEMENT_MS)
}
