import { UnavailableError } from '@json-express/core'
import type pg from 'pg'
import { breaksConnection, translateFailure } from './postgres-failure.js'
import { readLife, type ServerLife } from './server-life.js'

/** One statement with its bound values. */
export interface Statement {
  readonly sql: string
  readonly parameters: readonly unknown[]
  /** Given to statements that are worth preparing: always the same name for the same SQL. */
  readonly name?: string
}

export interface Result {
  /** Each as an array in the order of the selected columns. */
  rows: unknown[][]
  /** Rows returned or changed. */
  count: number
  /** What was done: `COMMIT`, or `ROLLBACK` where that is what came of a commit. */
  command: string
}

/** Runs one statement. Throws what `translateFailure` makes. */
export type Execute = (statement: Statement) => Promise<Result>

/** One connection, for as long as its borrower has it. */
export interface Connection {
  execute: Execute
  /** Statements without values, in one message: the rows of all, and what the last one did. */
  command(sql: string): Promise<Result>
  /** Of the server; asked for once. */
  life(): Promise<ServerLife>
  /** False once the connection is lost or has not answered in time: nothing more can be done on it. */
  readonly usable: boolean
  readonly inTransaction: boolean
  /** Whether the next borrower may have it: usable, and outside of any transaction. */
  readonly clean: boolean
}

const lives = new WeakMap<pg.PoolClient, ServerLife>()

/** @param timeoutMs After which a server that does not answer is given up, in milliseconds. */
export function createConnection(client: pg.PoolClient, timeoutMs: number): Connection {
  let lost: unknown

  async function guarded<T>(work: () => Promise<T>): Promise<T> {
    if (lost !== undefined) throw new UnavailableError('The connection to the database is lost', { cause: lost })
    try {
      return await work()
    } catch (cause) {
      const error = translateFailure(cause)
      if (breaksConnection(error)) lost = error
      throw error
    }
  }

  const execute: Execute = ({ sql, parameters, name }) =>
    guarded(async () => {
      const config = { text: sql, values: [...parameters], name, rowMode: 'array', query_timeout: timeoutMs }
      const { rows, rowCount, command } = await client.query<unknown[]>(config as pg.QueryArrayConfig)
      return { rows, count: rowCount ?? 0, command }
    })

  return {
    execute,
    async life() {
      const life = lives.get(client) ?? (await readLife(execute))
      lives.set(client, life)
      return life
    },
    command: (sql) =>
      guarded(async () => {
        const config = { text: sql, rowMode: 'array', query_timeout: timeoutMs }
        // An array where there were several statements, whatever its type says.
        const answers = [await client.query<unknown[]>(config as pg.QueryArrayConfig)].flat()
        const last = answers.at(-1)
        return {
          rows: answers.flatMap(({ rows }) => rows),
          count: last?.rowCount ?? 0,
          command: last?.command ?? '',
        }
      }),
    get usable() {
      return lost === undefined
    },
    get inTransaction() {
      return client.getTransactionStatus() === 'T'
    },
    get clean() {
      return lost === undefined && client.getTransactionStatus() === 'I'
    },
  }
}
