import type { Filter, Query, Row, WriteCondition } from '@json-express/core'
import { ReferenceViolationError, UniqueViolationError } from '@json-express/core'
import type { Stored } from './column-value.js'
import { inOrder, passes } from './filter.js'
import {
  columnOf,
  createStoreLayer,
  decode,
  encode,
  type Id,
  put,
  type Store,
  type StoredRow,
  type Table,
} from './table.js'

type Data = Record<string, unknown>

/**
 * The data operations. Each takes a copy of its arguments when it is called and returns the step that does the work on
 * a store, wholly or, when it throws, not at all.
 */
export const operations = {
  insert(store: Store, collection: string, row: Data): (store: Store) => Row {
    const values = encode(store.table(collection), row)
    return atomic((draft) => decode(draft.table(collection), insert(draft, draft.table(collection), values)))
  },

  insertMany(store: Store, collection: string, rows: readonly Data[]): (store: Store) => void {
    const encoded = rows.map((row) => encode(store.table(collection), row))
    return atomic((draft) => {
      for (const values of encoded) insert(draft, draft.table(collection), values)
    })
  },

  findByIds(store: Store, collection: string, ids: readonly Id[], fields?: readonly string[]): Row[] {
    const table = store.table(collection)
    const found = [...new Set(ids)].map((id) => table.rows.get(id)).filter((row) => row !== undefined)
    return found.map((row) => decode(table, row, fields))
  },

  find(store: Store, collection: string, query: Query = {}): Row[] {
    const { sort = [], limit = Number.POSITIVE_INFINITY, offset = 0, fields } = query
    const table = store.table(collection)
    for (const { field } of sort) columnOf(table, field)
    const rows = matching(table, query).sort(inOrder(sort))
    return rows.slice(offset, offset + limit).map((row) => decode(table, row, fields))
  },

  count(store: Store, collection: string, filter: Filter = {}): number {
    return matching(store.table(collection), filter).length
  },

  update(
    store: Store,
    collection: string,
    id: Id,
    changes: Data,
    condition: WriteCondition = {},
  ): (store: Store) => Row | null {
    const values = encode(store.table(collection), changes)
    const wanted = { ...condition.ifMatch }
    return atomic((draft) => {
      const table = draft.table(collection)
      const before = table.rows.get(id)
      if (before === undefined || !matches(table, before, wanted)) return null
      const after = { ...before, ...values } as StoredRow
      write(draft, table, before, after)
      return decode(table, after)
    })
  },

  delete(store: Store, collection: string, id: Id, condition: WriteCondition = {}): (store: Store) => Row | null {
    store.table(collection)
    const wanted = { ...condition.ifMatch }
    return atomic((draft) => {
      const table = draft.table(collection)
      const row = table.rows.get(id)
      if (row === undefined || !matches(table, row, wanted)) return null
      remove(draft, table, row)
      return decode(table, row)
    })
  },
}

function atomic<T>(work: (draft: Store) => T): (store: Store) => T {
  return (store) => {
    const draft = createStoreLayer(store)
    const result = work(draft)
    draft.commit()
    return result
  }
}

function matching(table: Table, filter: Filter): StoredRow[] {
  for (const { field } of filter.where ?? []) columnOf(table, field)
  for (const field of filter.search?.fields ?? []) columnOf(table, field)
  const rows: StoredRow[] = []
  for (const [, row] of table.rows.entries()) if (passes(row, filter)) rows.push(row)
  return rows
}

function matches(table: Table, row: StoredRow, wanted: Readonly<Record<string, Stored>>): boolean {
  return Object.entries(wanted).every(([field, value]) => (row[columnOf(table, field).name] ?? null) === value)
}

function insert(store: Store, table: Table, values: Readonly<Record<string, Stored>>): StoredRow {
  const { name, columns } = table.schema
  const id = values.id ?? (columnOf(table, 'id').type === 'integer' ? table.lastId + 1 : null)
  if (typeof id !== 'string' && typeof id !== 'number') throw new TypeError(`${name}.id must be given`)
  const empty = Object.fromEntries(columns.map((column) => [column.name, null]))
  const row: StoredRow = { ...empty, ...values, id }
  write(store, table, undefined, row)
  return row
}

function write(store: Store, table: Table, before: StoredRow | undefined, after: StoredRow): void {
  const { name, columns } = table.schema
  const taken = [...table.taken].filter(([field, ids]) => {
    const owner = ids.get(after[field] ?? null)
    return owner !== undefined && owner !== before?.id
  })
  const sameId = after.id !== before?.id && table.rows.get(after.id) !== undefined
  const fields = [...(sameId ? ['id'] : []), ...taken.map(([field]) => field)]
  if (fields.length > 0) throw new UniqueViolationError(name, fields)
  put(table, before, after)
  for (const { name: field, references } of columns) {
    const target = after[field] ?? null
    if (references === undefined || target === null) continue
    if (store.table(references.collection).rows.get(target as Id) === undefined) {
      throw new ReferenceViolationError(name, { field })
    }
  }
}

/** Removes a row and what cascades from it, then looks whether anything still refers to what is gone. */
function remove(store: Store, table: Table, row: StoredRow): void {
  const restricting: { target: string; collection: string; field: string; id: Id }[] = []
  const open: [Table, StoredRow][] = [[table, row]]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [from, gone] = next
    put(from, gone, undefined)
    for (const { child, field, onDelete } of referencesTo(store, from.schema.name)) {
      const target = from.schema.name
      if (onDelete === 'restrict') {
        restricting.push({ target, collection: child.schema.name, field, id: gone.id })
        continue
      }
      for (const referrer of matching(child, { where: [{ field, op: 'eq', value: gone.id }] })) {
        if (onDelete === 'cascade') open.push([child, referrer])
        else put(child, referrer, { ...referrer, [field]: null })
      }
    }
  }
  for (const { collection, field, id } of restricting) {
    const left = matching(store.table(collection), { where: [{ field, op: 'eq', value: id }] })
    if (left.length > 0) throw new ReferenceViolationError(table.schema.name, { collection })
  }
}

function referencesTo(store: Store, collection: string) {
  return store.names().flatMap((name) => {
    const child = store.table(name)
    return child.schema.columns
      .filter(({ references }) => references?.collection === collection)
      .map(({ name: field, references }) => ({ child, field, onDelete: references?.onDelete }))
  })
}
