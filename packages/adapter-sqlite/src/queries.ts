import type { Condition, Filter, Query, Scalar, WriteCondition } from '@json-express/core'
import {
  type CompiledQuery,
  DummyDriver,
  Kysely,
  type RawBuilder,
  type SqlBool,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  sql,
} from 'kysely'
import type { SqlValue } from './connection.js'
import type { Table } from './table.js'

/** Builds SQL and never runs it: what it compiles is run on our own connections. */
export const builder = new Kysely<Record<string, Record<string, unknown>>>({
  dialect: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
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

  /** Takes one id. */
  findById(table: Table, columns: readonly string[]): CompiledQuery {
    return builder.selectFrom(table.name).select(columns).where('id', '=', 0).compile()
  },

  /** Takes a JSON array of ids. */
  findByIds(table: Table, columns: readonly string[]): CompiledQuery {
    return builder
      .selectFrom(table.name)
      .select(columns)
      .where(isAmong(sql.ref('id'), '[]'))
      .compile()
  },

  find(table: Table, columns: readonly string[], { sort = [], limit, offset, ...filter }: Query): CompiledQuery {
    let query = builder.selectFrom(table.name).select(columns).where(holds(table, filter))
    for (const { field, direction } of sort) query = query.orderBy(table.column(field).name, direction)
    if (!sort.some(({ field }) => field === 'id')) query = query.orderBy('id')
    if (limit !== undefined || offset !== undefined) query = query.limit(limit ?? -1)
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

function holds(table: Table, { where = [], search }: Filter): RawBuilder<SqlBool> {
  const conditions = where.map((condition) => compare(table, condition))
  if (search) conditions.push(any(search.fields.map((field) => contains(table, field, search.text))))
  return all(conditions)
}

function matches(table: Table, { ifMatch = {} }: WriteCondition): RawBuilder<SqlBool> {
  return all(Object.entries(ifMatch).map(([field, value]) => compare(table, { field, op: 'eq', value })))
}

function compare(table: Table, { field, op, value }: Condition): RawBuilder<SqlBool> {
  const column = sql.ref(table.column(field).name)
  switch (op) {
    case 'eq':
      return value === null ? sql`${column} is null` : sql`${column} = ${parameter(value)}`
    case 'ne':
      return value === null ? sql`${column} is not null` : sql`${column} is not ${parameter(value)}`
    case 'gt':
      return sql`${column} > ${parameter(value)}`
    case 'gte':
      return sql`${column} >= ${parameter(value)}`
    case 'lt':
      return sql`${column} < ${parameter(value)}`
    case 'lte':
      return sql`${column} <= ${parameter(value)}`
    case 'like':
      return contains(table, field, value)
    case 'in':
      return isOneOf(column, value)
    case 'notIn':
      return sql`not ${isOneOf(column, value)}`
  }
}

/** Not LIKE: it has wildcards, and a limit on the length of its pattern. `lower` of SQLite knows ASCII only. */
function contains(table: Table, field: string, text: string): RawBuilder<SqlBool> {
  const column = sql.ref(table.column(field).name)
  return sql`ifnull(instr(lower(${column}), lower(${parameter(text)})), 0) > 0`
}

/** True or false, never NULL, so that it can be negated. */
function isOneOf(column: RawBuilder<unknown>, values: readonly Scalar[]): RawBuilder<SqlBool> {
  const present = values.filter((value) => value !== null)
  // SQLite reads decimals of JSON a last bit off now and then, so these are bound one by one.
  const exact = present.filter((value) => typeof value === 'number' && !Number.isSafeInteger(value))
  const others = present.filter((value) => typeof value !== 'number' || Number.isSafeInteger(value))
  const lists = []
  if (others.length > 0) lists.push(isAmong(column, JSON.stringify(others.map(parameter))))
  if (exact.length > 0) lists.push(sql<SqlBool>`${column} in (${sql.join(exact.map(parameter))})`)
  const found = sql<SqlBool>`(${column} is not null and ${any(lists)})`
  return values.length === present.length ? found : sql`(${column} is null or ${found})`
}

/** One parameter however long the list, so one statement to prepare and no limit of variables. */
function isAmong(column: RawBuilder<unknown>, json: string): RawBuilder<SqlBool> {
  return sql`${column} in (select value from json_each(${json}))`
}

function all(conditions: readonly RawBuilder<SqlBool>[]): RawBuilder<SqlBool> {
  return conditions.length === 0 ? sql`true` : sql`(${sql.join(conditions, sql` and `)})`
}

function any(conditions: readonly RawBuilder<SqlBool>[]): RawBuilder<SqlBool> {
  return conditions.length === 0 ? sql`false` : sql`(${sql.join(conditions, sql` or `)})`
}

function parameter(value: unknown): SqlValue {
  if (typeof value === 'boolean') return value ? 1 : 0
  if (value === null || typeof value === 'string') return value
  if (typeof value === 'number' && !Number.isNaN(value)) return value
  throw new TypeError(`A condition takes text, a number, a boolean or null, not ${typeof value}`)
}
