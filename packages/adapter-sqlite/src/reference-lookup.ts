import { sql } from 'kysely'
import type { Connection, SqlValue } from './connection.js'
import { builder } from './queries.js'
import type { Table } from './table.js'

// SQLite says that a foreign key was violated but not which: these find it, after the fact, on the writing connection.

/** The first reference of the row whose target does not exist. */
export function missingTarget(
  connection: Connection,
  table: Table,
  values: Readonly<Record<string, SqlValue>>,
): string | undefined {
  return table.references.find(({ name, references }) => {
    const id = values[name] ?? null
    const isItself = references.collection === table.name && id === values.id
    return id !== null && !isItself && referrers(connection, references.collection, 'id', [id]).length === 0
  })?.name
}

/** The collection that keeps a row from being deleted: one that restricts, after all cascades are followed. */
export function remainingReferrer(
  connection: Connection,
  tables: ReadonlyMap<string, Table>,
  table: Table,
  id: SqlValue,
): string | undefined {
  const gone = new Map([[table.name, new Set([id])]])
  const kept: { collection: string; ids: SqlValue[] }[] = []
  const open: [target: string, ids: SqlValue[]][] = [[table.name, [id]]]
  for (let step = open.pop(); step !== undefined; step = open.pop()) {
    const [target, ids] = step
    for (const { collection, field, onDelete } of referencesTo(tables, target)) {
      const found = referrers(connection, collection, field, ids)
      if (onDelete === 'restrict') kept.push({ collection, ids: found })
      if (onDelete !== 'cascade') continue
      const known = gone.get(collection) ?? new Set()
      const fresh = found.filter((one) => !known.has(one))
      gone.set(collection, new Set([...known, ...fresh]))
      if (fresh.length > 0) open.push([collection, fresh])
    }
  }
  return kept.find(({ collection, ids }) => ids.some((one) => !gone.get(collection)?.has(one)))?.collection
}

function referencesTo(tables: ReadonlyMap<string, Table>, target: string) {
  return [...tables.values()].flatMap((table) =>
    table.references
      .filter(({ references }) => references.collection === target)
      .map(({ name, references }) => ({ collection: table.name, field: name, onDelete: references.onDelete })),
  )
}

function referrers(connection: Connection, collection: string, field: string, ids: readonly SqlValue[]): SqlValue[] {
  const query = builder
    .selectFrom(collection)
    .select('id')
    .where(sql<boolean>`${sql.ref(field)} in (select value from json_each(${JSON.stringify(ids)}))`)
    .compile()
  return connection.all(query.sql, query.parameters).map(([id]) => id as SqlValue)
}
