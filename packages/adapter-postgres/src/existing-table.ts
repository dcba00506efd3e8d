import type { Column, ColumnType } from '@json-express/core'
import type { Execute } from './connection.js'
import { COUNTERS_TABLE } from './id-counter.js'
import { STORAGE } from './storage.js'

/**
 * What PostgreSQL cannot say about a column: text may be a date or JSON. No collection can have this name, since those
 * begin with a letter.
 */
export const COLUMNS_TABLE = '_jex_columns'

export interface ExistingColumn {
  /** Types it may have in a model. Exactly one, unless the table was made by somebody else. */
  types: readonly ColumnType[]
  /** Its type in words: of the model where it is noted, else of PostgreSQL. */
  stored: string
  noted: boolean
  /** Known to hold no `null`. */
  required: boolean
  unique: boolean
  primary: boolean
  /** Takes no value from us: `GENERATED ALWAYS`. */
  generated: boolean
  /** Takes no row without a value: `NOT NULL`, and nothing that fills it in. */
  demanded: boolean
  indexed: boolean
  references: Column['references']
}

export interface ExistingTable {
  /** False for a view and whatever else may have the name of a table. */
  isTable: boolean
  columns: ReadonlyMap<string, ExistingColumn>
  /** The highest integer id ever, where ids are counted. */
  highestId: number | undefined
}

/** Those of the named tables that the current schema has, our own ones among them. */
export async function readTables(
  execute: Execute,
  names: readonly string[],
): Promise<ReadonlyMap<string, ExistingTable>> {
  const read = async (sql: string) =>
    (await execute({ sql, parameters: [[...names, COLUMNS_TABLE, COUNTERS_TABLE]] })).rows
  const columns = group(await read(COLUMNS), ([, name, type, notNull, generated, filled]) => ({
    ...{ name, type, notNull },
    ...{ generated: generated === true, demanded: notNull === true && filled !== true },
  }))
  const kinds = new Map((await read(KINDS)).map(([table, kind]) => [String(table), String(kind)]))
  const indexes = group(await read(INDEXES), ([, column, unique, primary]) => ({ column, unique, primary }))
  const references = group(await read(REFERENCES), ([, column, target, action]) => ({ column, target, action }))
  const notes = group(kinds.has(COLUMNS_TABLE) ? await read(NOTES) : [], ([, name, type, required]) => ({
    name,
    type: type as ColumnType,
    required: required === true,
  }))
  const highest = new Map(
    kinds.has(COUNTERS_TABLE) ? (await read(COUNTERS)).map(([name, id]) => [name, Number(id)]) : [],
  )

  return new Map(
    [...kinds].map(([table, kind]) => [
      table,
      { isTable: kind === 'r' || kind === 'p', columns: columnsOf(table), highestId: highest.get(table) },
    ]),
  )

  function columnsOf(table: string): Map<string, ExistingColumn> {
    return new Map(
      (columns.get(table) ?? []).map(({ name, type, notNull, generated, demanded }) => {
        const note = notes.get(table)?.find((one) => one.name === name)
        const over = indexes.get(table)?.filter(({ column }) => column === name) ?? []
        const reference = references.get(table)?.find(({ column }) => column === name)
        const found: ExistingColumn = {
          types: note ? [note.type] : typesOf(String(type)),
          stored: note?.type ?? String(type),
          noted: note !== undefined,
          required: note?.required ?? notNull === true,
          unique: over.some(({ unique }) => unique === true),
          ...{ generated, demanded },
          primary: over.some(({ primary }) => primary === true),
          indexed: over.length > 0,
          references: reference && { collection: String(reference.target), onDelete: onDelete(reference.action) },
        }
        return [String(name), found]
      }),
    )
  }
}

const IN_SCHEMA = 'relname = ANY($1) AND relnamespace = current_schema()::regnamespace'
const KINDS = `SELECT relname, relkind FROM pg_catalog.pg_class WHERE ${IN_SCHEMA}`
const COLUMNS = `
  SELECT relname, attname, format_type(atttypid, atttypmod), attnotnull,
    attgenerated <> '' OR attidentity = 'a', atthasdef OR attidentity <> ''
  FROM pg_catalog.pg_class JOIN pg_catalog.pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
  WHERE ${IN_SCHEMA} ORDER BY attnum`
/** Indexes over one whole column; others say nothing about a single one. */
const INDEXES = `
  SELECT relname, attname, indisunique, indisprimary
  FROM pg_catalog.pg_class JOIN pg_catalog.pg_index ON indrelid = pg_class.oid
  JOIN pg_catalog.pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
  WHERE ${IN_SCHEMA} AND indnkeyatts = 1 AND indpred IS NULL AND indisvalid`
const REFERENCES = `
  SELECT pg_class.relname, attname, target.name, confdeltype
  FROM pg_catalog.pg_class JOIN pg_catalog.pg_constraint ON conrelid = pg_class.oid AND contype = 'f'
  JOIN (SELECT oid, relname AS name FROM pg_catalog.pg_class) AS target ON target.oid = confrelid
  JOIN pg_catalog.pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
  WHERE ${IN_SCHEMA} AND cardinality(conkey) = 1`
const NOTES = `SELECT collection, name, type, required FROM ${COLUMNS_TABLE} WHERE collection = ANY($1)`
const COUNTERS = `SELECT collection, highest FROM ${COUNTERS_TABLE} WHERE collection = ANY($1)`

function group<T>(rows: readonly unknown[][], item: (row: unknown[]) => T): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const row of rows) {
    const table = String(row[0])
    groups.set(table, [...(groups.get(table) ?? []), item(row)])
  }
  return groups
}

function typesOf(stored: string): ColumnType[] {
  return (Object.keys(STORAGE) as ColumnType[]).filter((type) => STORAGE[type] === stored)
}

function onDelete(action: unknown): NonNullable<Column['references']>['onDelete'] {
  return action === 'c' ? 'cascade' : action === 'n' ? 'setNull' : 'restrict'
}
