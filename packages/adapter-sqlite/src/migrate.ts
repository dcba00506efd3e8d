import { type CollectionSchema, MigrationError, type MigrationReport } from '@json-express/core'
import { sql } from 'kysely'
import {
  addColumn,
  backfillColumn,
  checkColumn,
  defineColumn,
  indexColumn,
  type Migration,
} from './column-migration.js'
import type { Connection } from './connection.js'
import { createColumnsTable, type ExistingColumn, fold, noteColumn, readTable } from './existing-table.js'
import { builder } from './queries.js'
import { checkSchemas } from './schema-check.js'

/**
 * Brings the tables to the schemas, additively. Runs inside a transaction of the caller, which it leaves half done when
 * it throws: `MigrationError` with one line for each thing the existing data forbids.
 */
export function migrate(connection: Connection, schemas: readonly CollectionSchema[]): MigrationReport {
  const report: MigrationReport = { created: [], extended: [], warnings: [] }
  const migration: Migration = { connection, report, problems: [] }
  createColumnsTable(connection)
  migration.problems.push(...checkSchemas(connection, schemas))
  stopOn(migration.problems)

  const tables = schemas.map((schema) => ({ schema, existing: readTable(connection, schema.name) }))
  for (const { schema, existing } of tables) {
    if (existing === null) createCollection(migration, schema)
    else extendCollection(migration, schema, existing)
  }
  stopOn(migration.problems)
  // Only now, since a default may refer to a row of a collection that was not there before.
  for (const { schema, existing } of tables) {
    for (const column of schema.columns) {
      const before = existing?.get(fold(column.name))
      if (existing !== null && before === undefined) backfillColumn(migration, schema.name, column)
      indexColumn(migration, schema.name, column, before)
      noteColumn(connection, schema.name, column, before)
    }
  }
  stopOn(migration.problems)
  return { ...report, extended: outsideOf(report.created, report.extended) }
}

function createCollection({ connection, report }: Migration, { name, columns }: CollectionSchema): void {
  // STRICT: what other programs write into the file has the right storage class, too.
  let table = builder.schema.createTable(name).modifyEnd(sql`strict`)
  for (const column of columns) table = table.addColumn(...defineColumn(column))
  connection.exec(table.compile().sql)
  report.created.push(name)
}

function extendCollection(
  migration: Migration,
  { name, columns }: CollectionSchema,
  existing: ReadonlyMap<string, ExistingColumn>,
): void {
  for (const column of columns) {
    const before = existing.get(fold(column.name))
    if (before === undefined) addColumn(migration, name, column)
    else checkColumn(migration, name, column, before)
  }
}

/** Indexes of a new collection are part of its creation. */
function outsideOf(created: readonly string[], extended: readonly string[]): string[] {
  const isNew = new Set(created)
  return [...new Set(extended)].filter((entry) => !isNew.has(entry.slice(0, entry.indexOf('.'))))
}

function stopOn(problems: readonly string[]): void {
  if (problems.length > 0) throw new MigrationError(problems.join('\n'))
}
