import type { Filter, Query, Row, WriteCondition } from '@json-express/core'
import type { CompiledQuery } from 'kysely'
import type { Connection, Result } from './connection.js'
import { hotQueries } from './hot-queries.js'
import { planIds } from './id-counter.js'
import { queries } from './queries.js'
import { mayCascadeIntoRestriction, restrictLast } from './restrictions.js'
import type { SqlValue, Table } from './table.js'
import type { Guard } from './violations.js'

type Id = string | number
type Data = Record<string, unknown>

/** Does the work of an operation, as a rule in one statement. May run again after a conflict. */
export type Step<T> = (connection: Connection) => Promise<T>

/** The data operations. Each takes a copy of its arguments when it is called and returns the step that does the work. */
export type Operations = ReturnType<typeof createOperations>

export type Tables = ReadonlyMap<string, Table>

export function createOperations(tables: Tables, guard: Guard) {
  return {
    insert(collection: string, row: Data): Step<Row> {
      const table = find(collection)
      const values = encodeRow(table, row)
      const statement = {
        ...hotQueries.insert(table),
        parameters: table.numbered ? numberedParameters(table, [values]) : values,
      }
      return ({ execute }) =>
        guard.write(table, async () => {
          const { rows } = await execute(statement)
          if (rows[0] === undefined) throw lostCounter(table)
          return table.select().decode(rows[0])
        })
    },

    insertMany(collection: string, rows: readonly Data[]): Step<void> {
      const table = find(collection)
      const encoded = rows.map((row) => encodeRow(table, row))
      if (encoded.length === 0) return async () => {}
      const statement = {
        ...hotQueries.insertMany(table),
        parameters: table.numbered ? numberedParameters(table, encoded) : columnsOf(table, encoded),
      }
      return ({ execute }) =>
        guard.write(table, async () => {
          const { count } = await execute(statement)
          if (count !== encoded.length) throw lostCounter(table)
        })
    },

    findByIds(collection: string, ids: readonly Id[], fields?: readonly string[]): Step<Row[]> {
      const table = find(collection)
      const { one, many, decode } = hotQueries.lookup(table, fields)
      const possible = ids.filter(table.isId)
      if (possible.length === 0) return async () => []
      const statement = possible.length === 1 ? { ...one, parameters: possible } : { ...many, parameters: [possible] }
      return async ({ execute }) => (await execute(statement)).rows.map(decode)
    },

    find(collection: string, query: Query = {}): Step<Row[]> {
      const table = find(collection)
      const { columns, decode } = table.select(query.fields)
      const compiled = queries.find(table, columns, query)
      return async ({ execute }) => (await execute(compiled)).rows.map(decode)
    },

    count(collection: string, filter: Filter = {}): Step<number> {
      const compiled = queries.count(find(collection), filter)
      return async ({ execute }) => Number((await execute(compiled)).rows[0]?.[0])
    },

    update(collection: string, id: Id, changes: Data, condition: WriteCondition = {}): Step<Row | null> {
      const table = find(collection)
      const values = encodeChanges(table, changes)
      if (!table.isId(id)) return async () => null
      // Nothing to change still answers with the row, or with `null`.
      const set = Object.keys(values).length === 0 ? { id } : values
      const compiled = queries.update(table, id, set, condition)
      return ({ execute }) => guard.write(table, async () => changed(table, await run(execute, compiled)))
    },

    delete(collection: string, id: Id, condition: WriteCondition = {}): Step<Row | null> {
      const table = find(collection)
      if (!table.isId(id)) return async () => null
      const compiled = queries.delete(table, id, condition)
      const remove: Step<Row | null> = async ({ execute }) => changed(table, await run(execute, compiled))
      const isTangled = mayCascadeIntoRestriction(tables, collection)
      return (connection) =>
        guard.delete(table, () => (isTangled ? restrictLast(connection, remove) : remove(connection)))
    },
  }

  function find(collection: string): Table {
    const table = tables.get(collection)
    if (table === undefined)
      throw new TypeError(`There is no collection ${JSON.stringify(collection)}, migrate it first`)
    return table
  }
}

function run(execute: Connection['execute'], { sql, parameters }: CompiledQuery): Promise<Result> {
  return execute({ sql, parameters })
}

function changed(table: Table, { rows: [row] }: Result): Row | null {
  return row === undefined ? null : table.select().decode(row)
}

function encodeRow(table: Table, row: Data): SqlValue[] {
  for (const field of Object.keys(row)) table.column(field)
  const values = [...table.columns.values()].map(({ name }) =>
    table.encode(name, Object.hasOwn(row, name) ? row[name] : null),
  )
  if (values[0] === null && !table.numbered) throw new TypeError(`${table.name}.id must be given`)
  return values
}

function encodeChanges(table: Table, changes: Data): Record<string, SqlValue> {
  const given = Object.entries(changes).filter(([, value]) => value !== undefined)
  return Object.fromEntries(given.map(([field, value]) => [field, table.encode(field, value)]))
}

/** An array of values for each column. */
function columnsOf(table: Table, rows: readonly SqlValue[][]): SqlValue[][] {
  return [...table.columns.keys()].map((_, index) => rows.map((values) => values[index] ?? null))
}

/** As `insertNumbered` takes them. */
function numberedParameters(table: Table, rows: readonly SqlValue[][]): unknown[] {
  const { counted, atLeast, steps, floors } = planIds(rows.map(([id = null]) => id))
  return [counted, atLeast, table.name, ...columnsOf(table, rows), steps, floors]
}

function lostCounter({ name }: Table): Error {
  return new Error(`The counter of the ids of ${name} is missing, nothing was stored: a restart makes it anew`)
}
