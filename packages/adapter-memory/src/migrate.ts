import { type CollectionSchema, type Column, MigrationError, type MigrationReport } from '@json-express/core'
import { type Stored, toStored } from './column-value.js'
import { createTable, type StoredRow, type Table } from './table.js'

/** Brings the tables to the schemas, additively; changes nothing when it throws `MigrationError`. */
export function migrate(tables: Map<string, Table>, schemas: readonly CollectionSchema[]): MigrationReport {
  const report: MigrationReport = { created: [], extended: [], warnings: [] }
  const problems: string[] = []
  const known = new Set([...tables.keys(), ...schemas.map(({ name }) => name)])
  const next = schemas.map((schema): [string, Table] => {
    for (const { name, references } of schema.columns) {
      if (references && !known.has(references.collection)) {
        problems.push(`${schema.name}.${name} refers to ${references.collection}, which does not exist`)
      }
    }
    const table = tables.get(schema.name)
    if (table !== undefined) return [schema.name, extend(table, schema, report, problems)]
    report.created.push(schema.name)
    return [schema.name, createTable(schema, [])]
  })
  if (problems.length > 0) throw new MigrationError(problems.join('\n'))
  for (const [name, table] of next) tables.set(name, table)
  return report
}

function extend(table: Table, schema: CollectionSchema, report: MigrationReport, problems: string[]): Table {
  const rows = [...table.rows.entries()].map(([, row]) => row)
  const added: Record<string, Stored> = {}
  for (const column of schema.columns) {
    const existing = table.schema.columns.find(({ name }) => name === column.name)
    if (existing === undefined) added[column.name] = defaultOf(schema.name, column)
    const filled = rows.map((row) => ({ ...added, ...row }))
    problems.push(...columnProblems(schema.name, column, existing, filled))
    const indexed = (other: Column) => other.unique || other.index || other.references !== undefined
    const isMore =
      existing === undefined || (column.unique && !existing.unique) || (indexed(column) && !indexed(existing))
    if (isMore) report.extended.push(`${schema.name}.${column.name}`)
  }
  if (problems.length > 0) return table
  // A column that the model left out for a while still has its values.
  return createTable(
    schema,
    rows.map((row) => ({ ...added, ...row })),
    table.lastId,
  )
}

function columnProblems(
  collection: string,
  column: Column,
  existing: Column | undefined,
  rows: readonly StoredRow[],
): string[] {
  const name = `${collection}.${column.name}`
  if (existing !== undefined && existing.type !== column.type) {
    return [
      `${name} is stored as ${existing.type}, the model says ${column.type}: give the field another name, or change the model back`,
    ]
  }
  const values = rows.map((row) => row[column.name] ?? null).filter((value) => value !== null)
  const missing = rows.length - values.length
  if (column.required && missing > 0 && !existing?.required) {
    return [
      `${name} is required, but ${missing} records have none: give a new field a constant default, or make it optional until they all have one`,
    ]
  }
  if (column.unique && new Set(values).size < values.length) {
    return [`${name} is to be unique, but some records share a value: make them differ first`]
  }
  return []
}

function defaultOf(collection: string, column: Column): Stored {
  try {
    return toStored(collection, column, column.default)
  } catch (cause) {
    throw new MigrationError(`The default of ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}
