import type { Filter, Query, WriteCondition } from '@json-express/core'
import {
  type CompiledQuery,
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  sql,
} from 'kysely'
import { holds, matches, sortable } from './conditions.js'
import { STORAGE } from './storage.js'
import type { SqlValue, Table } from './table.js'

/** Builds SQL and never runs it: what it compiles is run on our own connections. */
export const builder = new Kysely<Record<string, Record<string, unknown>>>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
})

type Values = Readonly<Record<string, SqlValue>>

/** The statements of a session. Conditions on columns that do not exist throw `TypeError`. */
export const queries = {
  /** Takes the values of all columns in their order. */
  insert(table: Table): CompiledQuery {
    const columns = [...table.columns.keys()]
    const placeholders = Object.fromEntries(columns.map((name) => [name, 0]))
    return builder.insertInto(table.name).values(placeholders).returning(columns).compile()
  },

  /** Takes an array of values for each column. */
  insertMany(table: Table): CompiledQuery {
    const columns = [...table.columns.values()]
    const arrays = columns.map(({ type }) => sql`${[]}::${sql.raw(STORAGE[type])}[]`)
    const rows = sql`unnest(${sql.join(arrays)})`
    return builder
      .insertInto(table.name)
      .columns(columns.map(({ name }) => name))
      .expression(sql`select * from ${rows}`)
      .compile()
  },

  /** Takes one id. */
  findById(table: Table, columns: readonly string[]): CompiledQuery {
    return builder.selectFrom(table.name).select(columns).where('id', '=', 0).compile()
  },

  /** Takes an array of ids. */
  findByIds(table: Table, columns: readonly string[]): CompiledQuery {
    const type = sql.raw(STORAGE[table.column('id').type])
    return builder
      .selectFrom(table.name)
      .select(columns)
      .where(sql<boolean>`${sql.ref('id')} = any(${[]}::${type}[])`)
      .compile()
  },

  find(table: Table, columns: readonly string[], { sort = [], limit, offset, ...filter }: Query): CompiledQuery {
    let query = builder.selectFrom(table.name).select(columns).where(holds(table, filter))
    for (const { field, direction } of sort) {
      // Indexes have their nulls first (see definitions.ts); an id is never null.
      const nulls = field === 'id' ? sql`` : direction === 'asc' ? sql` nulls first` : sql` nulls last`
      query = query.orderBy(
        sql`${sortable(table.column(field))} ${sql.raw(direction === 'desc' ? 'desc' : 'asc')}${nulls}`,
      )
    }
    if (!sort.some(({ field }) => field === 'id')) query = query.orderBy(sortable(table.column('id')))
    if (limit !== undefined) query = query.limit(limit)
    if (offset !== undefined) query = query.offset(offset)
    return query.compile()
  },

  count(table: Table, filter: Filter): CompiledQuery {
    return builder.selectFrom(table.name).select(sql`count(*)`.as('count')).where(holds(table, filter)).compile()
  },

  update(table: Table, id: SqlValue, changes: Values, condition: WriteCondition): CompiledQuery {
    return builder
      .updateTable(table.name)
      .set(changes)
      .where('id', '=', id)
      .where(matches(table, condition))
      .returning([...table.columns.keys()])
      .compile()
  },

  delete(table: Table, id: SqlValue, condition: WriteCondition): CompiledQuery {
    return builder
      .deleteFrom(table.name)
      .where('id', '=', id)
      .where(matches(table, condition))
      .returning([...table.columns.keys()])
      .compile()
  },
}
