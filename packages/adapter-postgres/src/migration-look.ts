import { type CompiledQuery, sql } from 'kysely'
import type { Execute } from './connection.js'
import { builder } from './queries.js'
import type { SqlValue } from './table.js'

/** What a migration has to know of the rows that are there. */
export const look = {
  /** 0, 1, or 2 for two and more rows, so that nothing is counted. */
  atMostTwo: (execute: Execute, table: string) =>
    number(execute, count(sql`(select from ${sql.ref(table)} limit 2) as "some"`)),

  withoutValue: (execute: Execute, table: string, column: string) =>
    number(execute, count(sql`${sql.ref(table)} where ${sql.ref(column)} is null`)),

  /** Whether two rows share a value. */
  async hasDuplicates(execute: Execute, table: string, column: string): Promise<boolean> {
    const ref = sql.ref(column)
    const shared = sql`select from ${sql.ref(table)} where ${ref} is not null group by ${ref} having count(*) > 1 limit 1`
    return (await number(execute, count(sql`(${shared}) as "shared"`))) > 0
  },

  /** Rows that refer to no row of the target; to nothing at all, where there is no such table yet. */
  withoutTarget(execute: Execute, table: string, column: string, target: string | null): Promise<number> {
    const value = sql.ref(`from.${column}`)
    const found =
      target === null ? sql`false` : sql`exists (select from ${sql.ref(target)} as "to" where "to"."id" = ${value})`
    return number(execute, count(sql`${sql.ref(table)} as "from" where ${value} is not null and not ${found}`))
  },

  hasRow: async (execute: Execute, table: string, id: SqlValue) =>
    (await number(execute, count(sql`${sql.ref(table)} where ${sql.ref('id')} = ${id}`))) > 0,

  highestId: (execute: Execute, table: string) =>
    number(execute, sql`select coalesce(max("id"), 0) from ${sql.ref(table)}`.compile(builder)),
} as const

function count(from: ReturnType<typeof sql>): CompiledQuery {
  return sql`select count(*) from ${from}`.compile(builder)
}

async function number(execute: Execute, { sql, parameters }: CompiledQuery): Promise<number> {
  return Number((await execute({ sql, parameters })).rows[0]?.[0])
}
