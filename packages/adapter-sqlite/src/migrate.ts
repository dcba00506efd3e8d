import {
  type CollectionSchema,
  type Column,
  MigrationError,
  type MigrationReport,
  ReferenceViolationError,
} from '@json-express/core'
import { sql } from 'kysely'
import type { Connection } from './connection.js'
import { createColumnsTable, type ExistingColumn, fold, noteColumn, readTable } from './existing-table.js'
import { builder } from './queries.js'
import { checkSchemas } from './schema-check.js'
import { isReferenceViolation, violatedColumns } from './sqlite-failure.js'
import { createTable } from './table.js'

/**
 * Brings the tables to the schemas, additively. Runs inside a transaction of the caller, which it leaves half done when
 * it throws: `MigrationError` with one line for each thing the existing data forbids.
 */
export function migrate(connection: Connection, schemas: readonly CollectionSchema[]): MigrationReport {
  const report: MigrationReport = { created: [], extended: [], warnings: [] }
  createColumnsTable(connection)
  const problems = checkSchemas(connection, schemas)
  stopOn(problems)

  const before = new Map(schemas.map(({ name }) => [name, readTable(connection, name)]))
  for (const schema of schemas) {
    const table = before.get(schema.name) ?? null
    if (table === null) createCollection(connection, schema, report)
    else extendCollection(connection, schema, table, report, problems)
  }
  stopOn(problems)
  // Rows get their defaults when all tables are there, since a default may be a reference.
  for (const { name, columns } of schemas) {
    const table = before.get(name)
    if (table)
      for (const column of columns) if (!table.has(fold(column.name))) backfill(connection, name, column, problems)
  }
  stopOn(problems)
  for (const { name, columns } of schemas) {
    const table = before.get(name) ?? new Map<string, ExistingColumn>()
    for (const column of columns) createIndex(connection, name, column, table.get(fold(column.name)), report, problems)
    for (const column of columns) noteColumn(connection, name, column)
  }
  stopOn(problems)
  const isNew = new Set(report.created)
  report.extended = report.extended.filter((entry) => !isNew.has(entry.slice(0, entry.indexOf('.'))))
  return report
}

const STORAGE = {
  string: 'text',
  date: 'text',
  json: 'text',
  number: 'real',
  boolean: 'integer',
  integer: 'integer',
} as const
// Checked at the end of the statement, when cascades are done; RESTRICT of SQL would refuse even a row that refers to itself.
const ON_DELETE = { restrict: 'no action', setNull: 'set null', cascade: 'cascade' } as const

function createCollection(connection: Connection, { name, columns }: CollectionSchema, report: MigrationReport): void {
  // STRICT: what other programs write into the file has the right storage class, too.
  let table = builder.schema.createTable(name).modifyEnd(sql`strict`)
  for (const { name: column, type, references } of columns) {
    table = table.addColumn(column, sql.raw(STORAGE[type]), (definition) => {
      if (column === 'id') return type === 'integer' ? definition.primaryKey().autoIncrement() : definition.primaryKey()
      if (references === undefined) return definition
      return definition.references(`${references.collection}.id`).onDelete(ON_DELETE[references.onDelete])
    })
  }
  connection.exec(table.compile().sql)
  report.created.push(name)
}

function extendCollection(
  connection: Connection,
  { name, columns }: CollectionSchema,
  table: ReadonlyMap<string, ExistingColumn>,
  report: MigrationReport,
  problems: string[],
): void {
  for (const column of columns) {
    const existing = table.get(fold(column.name))
    if (existing === undefined) addColumn(connection, name, column, report, problems)
    else checkColumn(connection, name, column, existing, report, problems)
  }
}

function addColumn(
  connection: Connection,
  table: string,
  column: Column,
  report: MigrationReport,
  problems: string[],
): void {
  const { name, type, references } = column
  const hasDefault = column.default !== undefined && column.default !== null
  if (column.required && !hasDefault && count(connection, table) > 0) {
    problems.push(
      `${table}.${name} is new and required, but ${table} holds records, which would have none: give it a default, or make it optional until they all have one`,
    )
    return
  }
  const { sql: text } = builder.schema
    .alterTable(table)
    .addColumn(name, sql.raw(STORAGE[type]), (definition) =>
      references === undefined
        ? definition
        : definition.references(`${references.collection}.id`).onDelete(ON_DELETE[references.onDelete]),
    )
    .compile()
  connection.exec(text)
  report.extended.push(`${table}.${name}`)
}

function checkColumn(
  connection: Connection,
  table: string,
  { name, type, required, unique, references }: Column,
  existing: ExistingColumn,
  report: MigrationReport,
  problems: string[],
): void {
  if (!existing.types.includes(type)) {
    const stored = existing.types.join(' or ') || 'something else'
    problems.push(
      `${table}.${name} is stored as ${stored}, the model says ${type}: give the field another name, or change the model back`,
    )
    return
  }
  const missing = required && !existing.required ? count(connection, table, name) : 0
  if (missing > 0) {
    problems.push(
      `${table}.${name} is required now, but ${missing} records have none: make it optional until they all have one`,
    )
  }
  if (!unique && existing.unique && name !== 'id') {
    report.warnings.push(`${table}.${name} is no longer unique in the model, but the database still keeps it unique`)
  }
  const wanted = references && `a foreign key to ${references.collection} (${references.onDelete})`
  const kept =
    existing.references && `a foreign key to ${existing.references.collection} (${existing.references.onDelete})`
  if (wanted !== kept) {
    const has = kept ?? 'no foreign key'
    report.warnings.push(
      `${table}.${name} exists with ${has}, SQLite cannot change that to ${wanted ?? 'no foreign key'}`,
    )
  }
}

function backfill(connection: Connection, table: string, column: Column, problems: string[]): void {
  if (column.default === undefined || column.default === null) return
  try {
    const value = createTable({ name: table, columns: [column] }).encode(column.name, column.default)
    const { sql: text, parameters } = builder
      .updateTable(table)
      .set({ [column.name]: value })
      .compile()
    connection.all(text, parameters)
  } catch (error) {
    if (error instanceof TypeError) problems.push(`The default of ${error.message}`)
    else if (isReferenceViolation(error))
      problems.push(`The default of ${new ReferenceViolationError(table, { field: column.name }).message}`)
    else throw error
  }
}

function createIndex(
  connection: Connection,
  table: string,
  { name, unique, index, references }: Column,
  existing: ExistingColumn | undefined,
  report: MigrationReport,
  problems: string[],
): void {
  if (name === 'id') return
  const wanted = unique ? existing?.unique !== true : (index || references !== undefined) && existing?.indexed !== true
  if (!wanted) return
  // A name with a dot cannot be the one of a collection, which would be in the same name space.
  const builderOfIndex = builder.schema
    .createIndex(`${table}.${name}.${unique ? 'unique' : 'index'}`)
    .on(table)
    .column(name)
  try {
    connection.exec((unique ? builderOfIndex.unique() : builderOfIndex).compile().sql)
  } catch (error) {
    if (violatedColumns(error) === null) throw error
    problems.push(`${table}.${name} is to be unique, but some records share a value: make them differ first`)
    return
  }
  const entry = `${table}.${name}`
  if (!report.extended.includes(entry)) report.extended.push(entry)
}

/** All rows, or those without a value in the column. */
function count(connection: Connection, table: string, column?: string): number {
  const all = builder.selectFrom(table).select(sql`count(*)`.as('count'))
  const { sql: text, parameters } = (column === undefined ? all : all.where(column, 'is', null)).compile()
  return Number(connection.first(text, parameters)?.[0])
}

function stopOn(problems: readonly string[]): void {
  if (problems.length > 0) throw new MigrationError(problems.join('\n'))
}
