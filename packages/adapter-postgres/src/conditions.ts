import type { Column, Condition, Filter, Scalar, WriteCondition } from '@json-express/core'
import { type RawBuilder, type SqlBool, sql } from 'kysely'
import { BY_CODE_POINT, STORAGE } from './storage.js'
import { isText, type Table } from './table.js'

type Bool = RawBuilder<SqlBool>
type Comparison = Extract<Condition, { op: 'gt' | 'gte' | 'lt' | 'lte' }>

const NEVER: Bool = sql`false`
const ALWAYS: Bool = sql`true`
const OPERATOR = { gt: sql`>`, gte: sql`>=`, lt: sql`<`, lte: sql`<=` }

/** What a row has to satisfy to pass the filter. Throws `TypeError` for a column that does not exist. */
export function holds(table: Table, { where = [], search }: Filter): Bool {
  const conditions = where.map((condition) => compile(table.column(condition.field), condition))
  if (search) conditions.push(any(search.fields.map((field) => contains(table.column(field), search.text))))
  return all(conditions)
}

/** What a row has to satisfy to be written. */
export function matches(table: Table, { ifMatch = {} }: WriteCondition): Bool {
  return all(Object.entries(ifMatch).map(([field, value]) => equals(table.column(field), value)))
}

/** The column as it sorts. */
export function sortable({ name, type }: Column): RawBuilder<unknown> {
  return STORAGE[type] === 'text' ? sql`${sql.ref(name)} ${sql.raw(BY_CODE_POINT)}` : sql.ref(name)
}

function compile(column: Column, condition: Condition): Bool {
  switch (condition.op) {
    case 'eq':
      return equals(column, condition.value)
    case 'ne':
      return differs(column, condition.value)
    case 'like':
      return contains(column, condition.value)
    case 'in':
      return isOneOf(column, condition.value)
    case 'notIn':
      return sql`not ${isOneOf(column, condition.value)}`
    default:
      return compare(column, condition)
  }
}

function equals(column: Column, value: Scalar): Bool {
  if (checked(value) === null) return sql`${sql.ref(column.name)} is null`
  return canHold(column, value) ? sql`${sql.ref(column.name)} = ${value}` : NEVER
}

function differs(column: Column, value: Scalar): Bool {
  if (checked(value) === null) return sql`${sql.ref(column.name)} is not null`
  return canHold(column, value) ? sql`${sql.ref(column.name)} is distinct from ${value}` : ALWAYS
}

function compare(column: Column, { op, value }: Comparison): Bool {
  checked(value)
  if (canHold(column, value)) return sql`${sortable(column)} ${OPERATOR[op]} ${value}`
  // Between two integers, or beyond them all.
  if (column.type === 'integer' && typeof value === 'number') {
    return sql`${sql.ref(column.name)}::double precision ${OPERATOR[op]} ${value}`
  }
  throw new TypeError(`${column.name} is a ${column.type} and cannot be compared with ${JSON.stringify(value)}`)
}

/** Not LIKE, which has wildcards. `lower` of the collation "C" knows ASCII only. */
function contains(column: Column, text: string): Bool {
  if (typeof checked(text) !== 'string') throw new TypeError('like takes text')
  if (STORAGE[column.type] !== 'text' || !isText(text)) return NEVER
  const part = sql`${text}::text ${sql.raw(BY_CODE_POINT)}`
  return sql`coalesce(strpos(lower(${sortable(column)}), lower(${part})) > 0, false)`
}

/** True or false, never NULL, so that it can be negated. One parameter however long the list. */
function isOneOf(column: Column, values: readonly Scalar[]): Bool {
  const ref = sql.ref(column.name)
  const present = values.filter((value) => checked(value) !== null)
  const list = present.filter((value) => canHold(column, value))
  const found: Bool =
    list.length === 0 ? NEVER : sql`(${ref} is not null and ${ref} = any(${list}::${sql.raw(STORAGE[column.type])}[]))`
  return present.length === values.length ? found : sql`(${ref} is null or ${found})`
}

/** Whether the column could have this value at all: text is not a number, and the server would not even compare them. */
function canHold({ type }: Column, value: Scalar): boolean {
  switch (STORAGE[type]) {
    case 'text':
      return isText(value)
    case 'double precision':
      return typeof value === 'number'
    case 'bigint':
      return Number.isSafeInteger(value)
    case 'boolean':
      return typeof value === 'boolean'
  }
}

function checked(value: Scalar): Scalar {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number' && !Number.isNaN(value)) return value
  throw new TypeError(`A condition takes text, a number, a boolean or null, not ${typeof value}`)
}

function all(conditions: readonly Bool[]): Bool {
  return conditions.length === 0 ? ALWAYS : sql`(${sql.join(conditions, sql` and `)})`
}

function any(conditions: readonly Bool[]): Bool {
  return conditions.length === 0 ? NEVER : sql`(${sql.join(conditions, sql` or `)})`
}
