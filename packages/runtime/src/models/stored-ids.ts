import { type CollectionSchema, type IDatabaseAdapter, MigrationError } from '@json-express/core'

/**
 * Which of these collections the database holds with integer ids: the rows that brought them have left the app's files,
 * or were never there. Asks for plans only, so nothing changes.
 */
export async function integerIds(db: IDatabaseAdapter, names: readonly string[]): Promise<Set<string>> {
  // nearly always all of them have text or are not there yet, and one look tells
  if (names.length === 0 || (await fits(db, names, 'string'))) return new Set()
  const found = new Set<string>()
  for (const name of names) {
    if (!(await fits(db, [name], 'string')) && (await fits(db, [name], 'integer'))) found.add(name)
  }
  return found
}

async function fits(db: IDatabaseAdapter, names: readonly string[], type: 'string' | 'integer'): Promise<boolean> {
  const id = { name: 'id', type, required: true, unique: false, index: false }
  try {
    await db.plan(names.map((name): CollectionSchema => ({ name, columns: [id] })))
    return true
  } catch (error) {
    if (error instanceof MigrationError) return false // what else is wrong is said by the migration itself
    throw error
  }
}
