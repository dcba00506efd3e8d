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

  /** The id of a row whose text is no JSON; PostgreSQL can tell that itself from 16 on only. */
  async withoutJson(execute: Execute, table: string, column: string): Promise<unknown> {
    const [id, text] = [sql.ref('id'), sql.ref(column)]
    for (let last: SqlValue = null; ; ) {
      const rest = last === null ? sql`` : sql`and ${id} > ${last}`
      const page = sql`select ${id}, ${text} from ${sql.ref(table)} where ${text} is not null ${rest}`
      const { sql: statement, parameters } = sql`${page} order by ${id} limit ${sql.lit(PAGE)}`.compile(builder)
      const { rows } = await execute({ sql: statement, parameters })
      const wrong = rows.find(([, value]) => !isJson(value))
      if (wrong !== undefined) return wrong[0]
      if (rows.length < PAGE) return undefined
      last = rows.at(-1)?.[0] as SqlValue
    }
  },

  highestId: (execute: Execute, table: string) =>
    number(execute, sql`select coalesce(max("id"), 0) from ${sql.ref(table)}`.compile(builder)),
} as const

const PAGE = 1000

function isJson(text: unknown): boolean {
  try {
    JSON.parse(String(text))
    return true
  } catch {
    return false
  }
}

function count(from: ReturnType<typeof sql>): CompiledQuery {
  return sql`select count(*) from ${from}`.compile(builder)
}

async function number(execute: Execute, { sql, parameters }: CompiledQuery): Promise<number> {
  return Number((await execute({ sql, parameters })).rows[0]?.[0])
}
