import type { Connection } from './connection.js'
import type { Table } from './table.js'
import { commit } from './transaction.js'

/**
 * Whether what is deleted along with a row of the collection may itself refer, by a reference that restricts, to what is
 * deleted. PostgreSQL follows the first cascades, looks at the restrictions, and follows the cascades of those cascades.
 */
export function mayCascadeIntoRestriction(tables: ReadonlyMap<string, Table>, collection: string): boolean {
  const gone = new Set<string>()
  const targets = new Set([collection])
  for (const target of targets) {
    for (const name of referrers(tables, target, 'cascade')) {
      gone.add(name)
      targets.add(name)
    }
  }
  return [...targets].some((target) => referrers(tables, target, 'restrict').some((name) => gone.has(name)))
}

/** Deletes with all cascades followed before any restriction is looked at. */
export async function restrictLast<T>(
  connection: Connection,
  remove: (connection: Connection) => Promise<T>,
): Promise<T> {
  if (connection.inTransaction) {
    await connection.command('SET CONSTRAINTS ALL DEFERRED')
    const result = await remove(connection)
    await connection.command('SET CONSTRAINTS ALL IMMEDIATE')
    return result
  }
  await connection.command('BEGIN; SET CONSTRAINTS ALL DEFERRED')
  try {
    const result = await remove(connection)
    await commit(connection)
    return result
  } catch (error) {
    // Where this fails, too, the connection is not clean and is not lent again, which ends the transaction.
    if (connection.usable) await connection.command('ROLLBACK').catch(() => {})
    throw error
  }
}

function referrers(tables: ReadonlyMap<string, Table>, target: string, onDelete: 'cascade' | 'restrict'): string[] {
  const refers = ({ columns }: Table) =>
    [...columns.values()].some(
      ({ references }) => references?.collection === target && references.onDelete === onDelete,
    )
  return [...tables.values()].filter(refers).map(({ name }) => name)
}
