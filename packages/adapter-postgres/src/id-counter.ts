import { type CompiledQuery, sql } from 'kysely'
import { builder } from './queries.js'
import { STORAGE } from './storage.js'
import type { SqlValue, Table } from './table.js'

/**
 * The highest integer id that each collection ever had. Not a sequence: those know nothing of ids that are given, and
 * skip the ones of transactions that are rolled back. So inserts into one such collection take turns.
 */
export const COUNTERS_TABLE = '_jex_ids'

/**
 * Inserts rows and counts in the same statement. Takes the name of the collection, how many ids are wanted, the least
 * highest id afterwards, an array of values for each column, and the two arrays of `planIds`.
 */
export function insertNumbered(table: Table): CompiledQuery {
  const columns = [...table.columns.values()]
  const types = [...columns.map(({ type }) => STORAGE[type]), STORAGE.integer, STORAGE.integer]
  const names = types.map((_, index) => `c${index}`)
  const value = (index: number) => sql.ref(`row.c${index}`)
  const [steps, floor] = [value(columns.length), value(columns.length + 1)]
  const counter = sql.ref(COUNTERS_TABLE)
  const highest = sql.ref('highest')
  return sql`
    with counter as (
      update ${counter} set "before" = ${highest}, ${highest} = greatest(${highest} + ${0}::bigint, ${0}::bigint)
      where "collection" = ${''} returning "before"
    )
    insert into ${sql.ref(table.name)} (${sql.join(columns.map(({ name }) => sql.ref(name)))})
    select coalesce(${value(0)}, greatest("counter"."before" + ${steps}, ${floor}))${sql.join(
      columns.slice(1).map((_, index) => sql`, ${value(index + 1)}`),
      sql``,
    )}
    from "counter", unnest(${sql.join(types.map((type) => sql`${[]}::${sql.raw(type)}[]`))}) as "row" (${sql.join(
      names.map((name) => sql.ref(name)),
    )})
    returning ${sql.join(columns.map(({ name }) => sql.ref(`${table.name}.${name}`)))}
  `.compile(builder)
}

export interface IdPlan {
  /** How many ids are counted, and the least that the counter is afterwards. */
  counted: number
  atLeast: number
  /** For each row: its id is the highest before plus `steps`, but at least `floors`. */
  steps: number[]
  floors: number[]
}

/** What the ids of these rows will be, before anybody knows the highest one: each is the highest so far + 1. */
export function planIds(ids: readonly SqlValue[]): IdPlan {
  const plan: IdPlan = { counted: 0, atLeast: 0, steps: [], floors: [] }
  for (const id of ids) {
    if (typeof id === 'number') {
      plan.atLeast = Math.max(plan.atLeast, id)
    } else {
      plan.counted++
      plan.atLeast++
    }
    plan.steps.push(plan.counted)
    plan.floors.push(plan.atLeast)
  }
  return plan
}
