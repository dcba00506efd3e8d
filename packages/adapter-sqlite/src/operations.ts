import type { Filter, Query, Row, WriteCondition } from '@json-express/core'
import { ReferenceViolationError, UniqueViolationError } from '@json-express/core'
import type { CompiledQuery } from 'kysely'
import { atomically } from './atomically.js'
import type { Connection, SqlValue } from './connection.js'
import { hotQueries } from './hot-queries.js'
import { queries } from './queries.js'
import { missingTarget, remainingReferrer } from './reference-lookup.js'
import { isReferenceViolation, violatedColumns } from './sqlite-failure.js'
import type { Table } from './table.js'

type Id = string | number
type Data = Record<string, unknown>

/**
 * The data operations on one connection. Each takes a copy of its arguments when it is called and returns the
 * synchronous step that does the work; a step that writes belongs into a transaction.
 */
export type Operations = ReturnType<typeof createOperations>

export type Tables = ReadonlyMap<string, Table>

export function createOperations(connection: Connection, tables: Tables) {
  return {
    insert(collection: string, row: Data): () => Row {
      const table = find(collection)
      const values = encodeRow(table, row)
      return () => insertOne(table, values)
    },

    insertMany(collection: string, rows: readonly Data[]): () => void {
      const table = find(collection)
      const encoded = rows.map((row) => encodeRow(table, row))
      return () => {
        atomically(connection, () => {
          for (const values of encoded) insertOne(table, values)
        })
      }
    },

    findByIds(collection: string, ids: readonly Id[], fields?: readonly string[]): () => Row[] {
      const table = find(collection)
      const { one, many, decode } = hotQueries.lookup(table, fields)
      const possible = ids.filter(table.isId)
      const [first] = possible
      if (first === undefined) return () => []
      if (possible.length > 1) return () => connection.all(many, [JSON.stringify(possible)]).map(decode)
      return () => {
        const values = connection.first(one, [first])
        return values === undefined ? [] : [decode(values)]
      }
    },

    find(collection: string, query: Query = {}): () => Row[] {
      const table = find(collection)
      const { columns, decode } = table.select(query.fields)
      const compiled = queries.find(table, columns, query)
      return () => run(compiled).map(decode)
    },

    count(collection: string, filter: Filter = {}): () => number {
      const compiled = queries.count(find(collection), filter)
      return () => Number(run(compiled)[0]?.[0])
    },

    update(collection: string, id: Id, changes: Data, condition: WriteCondition = {}): () => Row | null {
      const table = find(collection)
      const values = encodeChanges(table, changes)
      if (!table.isId(id)) return () => null
      // Nothing to change still answers with the row, or with `null`.
      const set = Object.keys(values).length === 0 ? { id } : values
      const compiled = queries.update(table, id, set, condition)
      return () => changed(table, compiled, (error) => writeError(table, { id, ...values }, error))
    },

    delete(collection: string, id: Id, condition: WriteCondition = {}): () => Row | null {
      const table = find(collection)
      if (!table.isId(id)) return () => null
      const compiled = queries.delete(table, id, condition)
      return () => changed(table, compiled, (error) => deleteError(table, id, error))
    },
  }

  function find(collection: string): Table {
    const table = tables.get(collection)
    if (table === undefined)
      throw new TypeError(`There is no collection ${JSON.stringify(collection)}, migrate it first`)
    return table
  }

  function run({ sql, parameters }: CompiledQuery): unknown[][] {
    return connection.all(sql, parameters)
  }

  function insertOne(table: Table, values: readonly SqlValue[]): Row {
    try {
      const [row] = connection.all(hotQueries.insert(table), values)
      return table.select().decode(row ?? [])
    } catch (error) {
      throw writeError(
        table,
        Object.fromEntries([...table.columns.keys()].map((name, i) => [name, values[i] ?? null])),
        error,
      )
    }
  }

  function changed(table: Table, compiled: CompiledQuery, explain: (error: unknown) => unknown): Row | null {
    try {
      const [row] = run(compiled)
      return row === undefined ? null : table.select().decode(row)
    } catch (error) {
      throw explain(error)
    }
  }

  function writeError(table: Table, values: Readonly<Record<string, SqlValue>>, cause: unknown): unknown {
    const fields = violatedColumns(cause)
    if (fields !== null) return new UniqueViolationError(table.name, fields, { cause })
    const field = isReferenceViolation(cause) ? missingTarget(connection, table, values) : undefined
    return field === undefined ? cause : new ReferenceViolationError(table.name, { field }, { cause })
  }

  function deleteError(table: Table, id: Id, cause: unknown): unknown {
    const collection = isReferenceViolation(cause) ? remainingReferrer(connection, tables, table, id) : undefined
    return collection === undefined ? cause : new ReferenceViolationError(table.name, { collection }, { cause })
  }
}

function encodeRow(table: Table, row: Data): SqlValue[] {
  for (const field of Object.keys(row)) table.column(field)
  const values = [...table.columns.values()].map(({ name }) =>
    table.encode(name, Object.hasOwn(row, name) ? row[name] : null),
  )
  if (values[0] === null && table.column('id').type !== 'integer') throw new TypeError(`${table.name}.id must be given`)
  return values
}

function encodeChanges(table: Table, changes: Data): Record<string, SqlValue> {
  const given = Object.entries(changes).filter(([, value]) => value !== undefined)
  return Object.fromEntries(given.map(([field, value]) => [field, table.encode(field, value)]))
}
