import type { CollectionSchema, Column, Row } from '@json-express/core'
import { fromStored, type Stored, toStored } from './column-value.js'
import { createLayer, type Entries } from './layer.js'

export type Id = string | number
export type StoredRow = Readonly<Record<string, Stored>> & { readonly id: Id }

/** The rows of one collection with the index of each unique column. */
export interface Table {
  readonly schema: CollectionSchema
  readonly rows: Entries<Id, StoredRow>
  /** From the value of a unique column to the id of the row that has it. */
  readonly taken: ReadonlyMap<string, Entries<Stored, Id>>
  /** The highest integer id ever given out. */
  lastId: number
}

/** Tables by the name of their collection. */
export interface Store {
  /** Throws `TypeError` when there is no such collection. */
  table(name: string): Table
  names(): string[]
}

/** A store that can be thrown away, or be written into the one below. */
export interface StoreLayer extends Store {
  commit(): void
}

export function createTable(schema: CollectionSchema, rows: Iterable<StoredRow>, lastId = 0): Table {
  const unique = schema.columns.filter((column) => column.unique && column.name !== 'id')
  const table: Table = {
    schema,
    rows: new Map<Id, StoredRow>(),
    taken: new Map(unique.map(({ name }) => [name, new Map<Stored, Id>()])),
    lastId,
  }
  for (const row of rows) put(table, undefined, row)
  return table
}

export function createStoreLayer(below: Store): StoreLayer {
  const tables = new Map<string, Table & { commit(): void }>()

  return {
    names: () => below.names(),
    table(name) {
      const known = tables.get(name) ?? layerOf(below.table(name))
      tables.set(name, known)
      return known
    },
    commit() {
      for (const table of tables.values()) table.commit()
    },
  }
}

/** Replaces a row by another; `undefined` stands for none. Knows no constraints. */
export function put(table: Table, before: StoredRow | undefined, after: StoredRow | undefined): void {
  for (const [field, ids] of table.taken) {
    const [old, next] = [before?.[field] ?? null, after?.[field] ?? null]
    if (old !== null) ids.delete(old)
    if (next !== null && after !== undefined) ids.set(next, after.id)
  }
  if (before !== undefined) table.rows.delete(before.id)
  if (after === undefined) return
  table.rows.set(after.id, after)
  if (typeof after.id === 'number') table.lastId = Math.max(table.lastId, after.id)
}

/** Throws `TypeError` when there is no such column. */
export function columnOf({ schema }: Table, field: string): Column {
  const column = schema.columns.find(({ name }) => name === field)
  if (column === undefined) throw new TypeError(`${schema.name} has no column ${JSON.stringify(field)}`)
  return column
}

/** Only what is given: columns that are absent or `undefined` stay out. */
export function encode(table: Table, values: Readonly<Record<string, unknown>>): Record<string, Stored> {
  const given = Object.entries(values).filter(([field, value]) => columnOf(table, field) && value !== undefined)
  return Object.fromEntries(
    given.map(([field, value]) => [field, toStored(table.schema.name, columnOf(table, field), value)]),
  )
}

/** The named columns and always `id`; all when left out. */
export function decode(table: Table, row: StoredRow, fields?: readonly string[]): Row {
  const columns = fields === undefined ? table.schema.columns : ['id', ...fields].map((field) => columnOf(table, field))
  return Object.fromEntries(columns.map((column) => [column.name, fromStored(column, row[column.name] ?? null)])) as Row
}

function layerOf(below: Table): Table & { commit(): void } {
  const rows = createLayer(below.rows)
  const taken = [...below.taken].map(([field, ids]) => [field, createLayer(ids)] as const)
  return {
    schema: below.schema,
    rows,
    taken: new Map(taken),
    lastId: below.lastId,
    commit() {
      rows.commit()
      for (const [, ids] of taken) ids.commit()
      below.lastId = this.lastId
    },
  }
}
