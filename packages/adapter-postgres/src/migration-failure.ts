import { MigrationError, UnavailableError } from '@json-express/core'
import { isForbidden, isLockTimeout, violationOf } from './postgres-failure.js'

/**
 * What an operator can do about a migration that has failed, in one line; errors that nobody can foresee as they are.
 *
 * @param doing What was tried last: a statement, or words.
 * @param waitMs How long it was tried.
 */
export function explainMigration(error: unknown, doing: string, waitMs: number): unknown {
  const violation = violationOf(error)
  if (violation?.kind === 'length') {
    const what = `The index ${violation.constraint} on ${violation.table} takes texts of about 2700 bytes`
    return new MigrationError(`${what}, and some are longer: shorten them, or leave the index out`, { cause: error })
  }
  if (isForbidden(error)) {
    const remedy = 'make it the owner of the tables, and GRANT it CREATE ON the SCHEMA'
    return new MigrationError(`The database user may not change the tables: ${remedy}`, { cause: error })
  }
  if (isLockTimeout(error)) {
    const what = `Another session has held up ${doing} for ${waitMs / 1000} s`
    return new UnavailableError(`${what}: find it in pg_stat_activity, and end it or wait for it`, { cause: error })
  }
  return error
}
