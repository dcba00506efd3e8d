import { type Column, type MigrationReport, ReferenceViolationError } from '@json-express/core'
import { type ColumnDefinitionBuilder, type RawBuilder, sql } from 'kysely'
import type { Connection } from './connection.js'
import type { ExistingColumn } from './existing-table.js'
import { builder } from './queries.js'
import { isReferenceViolation, violatedColumns } from './sqlite-failure.js'
import { createTable } from './table.js'

/** A migration under way: what it did, and what forbids it, one line each. */
export interface Migration {
  connection: Connection
  report: MigrationReport
  problems: string[]
}

const STORAGE = { string: 'text', date: 'text', json: 'text', number: 'real', boolean: 'integer', integer: 'integer' }
// Checked at the end of the statement, when cascades are done; RESTRICT of SQL would refuse even a row that refers to
// itself.
const ON_DELETE = { restrict: 'no action', setNull: 'set null', cascade: 'cascade' } as const

type Definition = [string, RawBuilder<unknown>, (definition: ColumnDefinitionBuilder) => ColumnDefinitionBuilder]

/** A column as the schema builder takes it. Never NOT NULL, which SQLite could not take back. */
export function defineColumn({ name, type, references }: Column): Definition {
  return [
    name,
    sql.raw(STORAGE[type]),
    (definition) => {
      if (name === 'id') return type === 'integer' ? definition.primaryKey().autoIncrement() : definition.primaryKey()
      if (references === undefined) return definition
      return definition.references(`${references.collection}.id`).onDelete(ON_DELETE[references.onDelete])
    },
  ]
}

export function addColumn({ connection, report, problems }: Migration, table: string, column: Column): void {
  const name = `${table}.${column.name}`
  if (column.required && !hasDefault(column) && count(connection, table) > 0) {
    problems.push(
      `${name} is new and required, but the records of ${table} would have none: give it a constant default, or make it optional until they all have one`,
    )
    return
  }
  connection.exec(
    builder.schema
      .alterTable(table)
      .addColumn(...defineColumn(column))
      .compile().sql,
  )
  report.extended.push(name)
}

/** Looks whether an existing column can be what the model says. */
export function checkColumn(
  { connection, report, problems }: Migration,
  table: string,
  { name: field, type, required, unique, references }: Column,
  existing: ExistingColumn,
): void {
  const name = `${table}.${field}`
  if (!existing.types.includes(type)) {
    problems.push(
      `${name} is stored as ${existing.stored}, the model says ${type}: give the field another name, or change the model back`,
    )
    return
  }
  if (field === 'id' && !existing.unique) problems.push(`${name} is not the primary key of its table: make it so`)
  const missing = required && !existing.required ? count(connection, table, field) : 0
  if (missing > 0) {
    problems.push(`${name} is required now, but ${missing} records have none: make it optional until they all have one`)
  }
  if (!unique && existing.unique && field !== 'id') {
    report.warnings.push(`${name} is no longer unique in the model, but the database goes on keeping it unique`)
  }
  const [wanted, kept] = [describe(references), describe(existing.references)]
  if (wanted !== kept) {
    report.warnings.push(
      `${name} has ${kept} and should have ${wanted}: SQLite cannot change that on an existing column`,
    )
  }
}

/** Gives the default of a new column to the rows that are there. */
export function backfillColumn({ connection, problems }: Migration, table: string, column: Column): void {
  if (!hasDefault(column)) return
  try {
    const value = createTable({ name: table, columns: [column] }).encode(column.name, column.default)
    const { sql: text, parameters } = builder
      .updateTable(table)
      .set({ [column.name]: value })
      .compile()
    connection.all(text, parameters)
  } catch (error) {
    if (error instanceof TypeError) problems.push(`The default is wrong: ${error.message}`)
    else if (isReferenceViolation(error)) {
      problems.push(`The default is wrong: ${new ReferenceViolationError(table, { field: column.name }).message}`)
    } else throw error
  }
}

/** Makes the index that a column wants and does not have. */
export function indexColumn(
  { connection, report, problems }: Migration,
  table: string,
  { name: field, unique, index, references }: Column,
  existing: ExistingColumn | undefined,
): void {
  const wanted = unique ? !existing?.unique : (index || references !== undefined) && !existing?.indexed
  if (field === 'id' || !wanted) return
  const name = `${table}.${field}`
  // Indexes and tables share their names, and that of a collection has no dot.
  const creation = builder.schema
    .createIndex(`${name}.${unique ? 'unique' : 'index'}`)
    .on(table)
    .column(field)
  try {
    connection.exec((unique ? creation.unique() : creation).compile().sql)
    report.extended.push(name)
  } catch (error) {
    if (violatedColumns(error) === null) throw error
    problems.push(`${name} is to be unique, but some records share a value: make them differ first`)
  }
}

function hasDefault(column: Column): boolean {
  return column.default !== undefined && column.default !== null
}

function describe(references: Column['references']): string {
  return references ? `a foreign key to ${references.collection} (${references.onDelete})` : 'no foreign key'
}

/** All rows, or those without a value in the column. */
function count(connection: Connection, table: string, column?: string): number {
  const all = builder.selectFrom(table).select(sql`count(*)`.as('count'))
  const { sql: text, parameters } = (column === undefined ? all : all.where(column, 'is', null)).compile()
  return Number(connection.first(text, parameters)?.[0])
}
