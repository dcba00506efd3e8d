import type { CollectionSchema, Column, Row } from '@json-express/core'
import type { SqlValue } from './connection.js'

/** The columns of a result and how its rows become records. */
export interface Selection {
  readonly columns: readonly string[]
  decode(values: readonly unknown[]): Row
}

/** A collection as this adapter sees it: its columns, and the way of values in and out of SQLite. */
export interface Table {
  readonly name: string
  readonly columns: ReadonlyMap<string, Column>
  readonly references: readonly (Column & { references: NonNullable<Column['references']> })[]
  /** Throws `TypeError` for a value that is not of the type of the column. */
  encode(field: string, value: unknown): SqlValue
  /** Whether an id can exist here at all: a number never matches a text id, nor the other way round. */
  isId(value: string | number): boolean
  /** The named columns and always `id`; all when left out. */
  select(fields?: readonly string[]): Selection
  /** Throws `TypeError` when there is no such column. */
  column(field: string): Column
}

export function createTable({ name, columns }: CollectionSchema): Table {
  const byName = new Map(columns.map((column) => [column.name, column]))
  const all = selection([...byName.values()])
  const idType = byName.get('id')?.type === 'integer' ? 'number' : 'string'

  return {
    name,
    columns: byName,
    references: columns.filter((column) => column.references !== undefined) as Table['references'],
    encode: (field, value) => encode(name, column(field), value),
    isId: (value) => typeof value === idType,
    select: (fields) => (fields === undefined ? all : selection([...new Set(['id', ...fields])].map(column))),
    column,
  }

  function column(field: string): Column {
    const found = byName.get(field)
    if (found === undefined) throw new TypeError(`${name} has no column ${JSON.stringify(field)}`)
    return found
  }
}

function selection(columns: readonly Column[]): Selection {
  const names = columns.map((column) => column.name)
  const types = columns.map((column) => column.type)
  return {
    columns: names,
    decode(values) {
      const row: Record<string, unknown> = {}
      for (const [index, name] of names.entries()) row[name] = decode(types[index], values[index])
      return row as Row
    },
  }
}

function decode(type: Column['type'] | undefined, value: unknown): unknown {
  if (value === null) return null
  if (type === 'boolean') return value === 1
  if (type === 'json') return JSON.parse(value as string)
  return value
}

function encode(table: string, { name, type }: Column, value: unknown): SqlValue {
  if (value === null || value === undefined) return null
  switch (type) {
    case 'string':
    case 'date':
      // libsql cuts text at NUL and replaces lone surrogates: better refused than changed.
      if (typeof value === 'string' && value.isWellFormed() && !value.includes('\0')) return value
      break
    case 'number':
      if (typeof value === 'number' && Number.isFinite(value)) return value
      break
    case 'integer':
      if (typeof value === 'number' && Number.isSafeInteger(value)) return value
      break
    case 'boolean':
      if (typeof value === 'boolean') return value ? 1 : 0
      break
    case 'json': {
      const text: string | undefined = JSON.stringify(value)
      if (text !== undefined) return text
      break
    }
  }
  const isBadText = (type === 'string' || type === 'date') && typeof value === 'string'
  throw new TypeError(
    isBadText
      ? `${table}.${name} takes well-formed text without NUL`
      : `${table}.${name} takes a ${type}, this is not one: ${typeof value}`,
  )
}
