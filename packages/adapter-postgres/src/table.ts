import type { CollectionSchema, Column, Row } from '@json-express/core'

/** What is bound to a statement: JSON as its text. */
export type SqlValue = string | number | boolean | null

/** The columns of a result and how its rows become records. */
export interface Selection {
  readonly columns: readonly string[]
  decode(values: readonly unknown[]): Row
}

/** A collection as this adapter sees it: its columns, and the way of values in and out of PostgreSQL. */
export interface Table {
  readonly name: string
  readonly columns: ReadonlyMap<string, Column>
  /** Whether ids are assigned by counting. */
  readonly numbered: boolean
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
  const numbered = byName.get('id')?.type === 'integer'

  return {
    name,
    columns: byName,
    numbered,
    encode: (field, value) => encode(name, column(field), value),
    isId: (value) => (numbered ? Number.isSafeInteger(value) : isText(value)),
    select: (fields) => (fields === undefined ? all : selection([...new Set(['id', ...fields])].map(column))),
    column,
  }

  function column(field: string): Column {
    const found = byName.get(field)
    if (found === undefined) throw new TypeError(`${name} has no column ${JSON.stringify(field)}`)
    return found
  }
}

/** PostgreSQL stores no NUL, and half a surrogate pair has no UTF-8: such text cannot be there. */
export function isText(value: unknown): value is string {
  return typeof value === 'string' && value.isWellFormed() && !value.includes('\0')
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
  return type === 'json' && typeof value === 'string' ? JSON.parse(value) : value
}

function encode(table: string, { name, type }: Column, value: unknown): SqlValue {
  if (value === null || value === undefined) return null
  switch (type) {
    case 'string':
    case 'date':
      if (isText(value)) return value
      break
    case 'number':
      // Minus zero is zero, as in JSON.
      if (typeof value === 'number' && Number.isFinite(value)) return value + 0
      break
    case 'integer':
      if (typeof value === 'number' && Number.isSafeInteger(value)) return value + 0
      break
    case 'boolean':
      if (typeof value === 'boolean') return value
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
