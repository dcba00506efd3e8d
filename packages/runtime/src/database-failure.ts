import { BootError, MigrationError, UnavailableError } from '@json-express/core'
import type { LoadedPackage } from './discovery/load.js'

/**
 * What has stopped the work on a database, as its operator can read it: `BootError` for what may happen to every
 * database, other errors as they are.
 *
 * @param adapter Brings the database.
 * @param doing What was tried: `the migration`.
 */
export function explainDatabaseFailure(
  error: unknown,
  { manifest: { section }, name }: Pick<LoadedPackage, 'manifest' | 'name'>,
  doing: string,
): unknown {
  if (error instanceof MigrationError) return new BootError(error.message, { cause: error })
  if (!(error instanceof UnavailableError)) return error
  const [where, what] = [section === undefined ? name : `jex.${section}`, uncapitalised(error.message)]
  return new BootError(`${where}: ${doing} was stopped, ${what}. See to the database, then try again`, { cause: error })
}

function uncapitalised(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
