import type { Column, ColumnType } from '@json-express/core'
import type { Connection } from './connection.js'
import { builder } from './queries.js'

/**
 * What SQLite cannot say about a column: it knows no dates, booleans and JSON. No collection can have this name, since
 * those begin with a letter.
 */
export const COLUMNS_TABLE = '_jex_columns'

/** SQLite compares names of tables and columns without regard to the case of ASCII letters. */
export const fold = (name: string): string => name.toLowerCase()

export interface ExistingColumn {
  /** Types it may have in a model. Exactly one, unless the table was made by somebody else. */
  types: readonly ColumnType[]
  /** Its type in words. */
  stored: string
  /** Known to hold no `null`. */
  required: boolean
  unique: boolean
  indexed: boolean
  references: Column['references']
}

const STORED_AS: Readonly<Record<string, readonly ColumnType[]>> = {
  TEXT: ['string', 'date', 'json'],
  REAL: ['number'],
  INTEGER: ['integer', 'boolean'],
}

/** The columns of a table by their folded name, `null` when there is no such table. */
export function readTable(connection: Connection, table: string): Map<string, ExistingColumn> | null {
  const columns = connection.all('SELECT name, type, pk FROM pragma_table_info(?)', [table])
  if (columns.length === 0) return null
  const noted = readNotes(connection, table)
  const indexes = readIndexes(connection, table)
  const references = readReferences(connection, table)
  return new Map(
    columns.map(([name, type, key]) => {
      const column = fold(String(name))
      const note = noted.get(column)
      const found: ExistingColumn = {
        types: note ? [note.type] : (STORED_AS[String(type)] ?? []),
        stored: note?.type ?? String(type),
        required: note?.required ?? false,
        unique: key === 1 || indexes.some((index) => index.column === column && index.unique),
        indexed: key === 1 || indexes.some((index) => index.column === column),
        references: references.get(column),
      }
      return [column, found]
    }),
  )
}

/** Notes what the column is for the next start, unless that is known already. */
export function noteColumn(
  connection: Connection,
  table: string,
  { name, type, required }: Column,
  existing: ExistingColumn | undefined,
): void {
  if (existing?.types.length === 1 && existing.required === required) return
  const values = { type, required: required ? 1 : 0 }
  const { sql, parameters } = builder
    .insertInto(COLUMNS_TABLE)
    .values({ collection: fold(table), name: fold(name), ...values })
    .onConflict((conflict) => conflict.columns(['collection', 'name']).doUpdateSet(values))
    .compile()
  connection.all(sql, parameters)
}

export function createColumnsTable(connection: Connection): void {
  const { sql } = builder.schema
    .createTable(COLUMNS_TABLE)
    .ifNotExists()
    .addColumn('collection', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('type', 'text', (column) => column.notNull())
    .addColumn('required', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('key', ['collection', 'name'])
    .compile()
  connection.exec(sql)
}

function readNotes(connection: Connection, table: string): Map<string, { type: ColumnType; required: boolean }> {
  const { sql, parameters } = builder
    .selectFrom(COLUMNS_TABLE)
    .select(['name', 'type', 'required'])
    .where('collection', '=', fold(table))
    .compile()
  const rows = connection.all(sql, parameters)
  return new Map(
    rows.map(([name, type, required]) => [String(name), { type: type as ColumnType, required: required === 1 }]),
  )
}

/** Indexes over one whole column; others say nothing about a single one. */
function readIndexes(connection: Connection, table: string): { column: string; unique: boolean }[] {
  const rows = connection.all(
    `SELECT min(part.name), list."unique" FROM pragma_index_list(?) AS list, pragma_index_info(list.name) AS part
     WHERE list.partial = 0 GROUP BY list.name HAVING count(*) = 1 AND min(part.name) IS NOT NULL`,
    [table],
  )
  return rows.map(([name, unique]) => ({ column: fold(String(name)), unique: unique === 1 }))
}

function readReferences(connection: Connection, table: string): Map<string, NonNullable<Column['references']>> {
  const rows = connection.all('SELECT "from", "table", on_delete FROM pragma_foreign_key_list(?)', [table])
  return new Map(
    rows.map(([column, collection, action]) => {
      const onDelete = action === 'CASCADE' ? 'cascade' : action === 'SET NULL' ? 'setNull' : 'restrict'
      return [fold(String(column)), { collection: String(collection), onDelete }]
    }),
  )
}
