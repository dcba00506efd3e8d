import type Database from 'libsql'
import { translateFailure } from './sqlite-failure.js'

/** What SQLite is given: libsql aborts the process on anything else, booleans included. */
export type SqlValue = string | number | null

/** One connection with its prepared statements. Every method is synchronous and throws what `translateFailure` makes. */
export interface Connection {
  /** The rows, each as an array in the order of the selected columns. A write is committed when this returns. */
  all(sql: string, parameters: readonly unknown[]): unknown[][]
  /** The first row. For reads only: a write would be committed without its outcome being looked at. */
  first(sql: string, parameters: readonly unknown[]): unknown[] | undefined
  exec(sql: string): void
  readonly inTransaction: boolean
  close(): void
}

const MAX_STATEMENTS = 500

export function connect(database: Database.Database): Connection {
  const statements = new Map<string, Database.Statement>()

  return {
    all: (sql, parameters) => guarded(() => prepare(sql).all(parameters) as unknown[][]),
    first: (sql, parameters) => guarded(() => prepare(sql).get(parameters) as unknown[] | undefined),
    exec: (sql) => guarded(() => void database.exec(sql)),
    get inTransaction() {
      return database.inTransaction
    },
    close() {
      statements.clear()
      database.close()
    },
  }

  function prepare(sql: string): Database.Statement {
    const known = statements.get(sql)
    if (known !== undefined) return known
    const statement = database.prepare(sql)
    if (statement.reader) statement.raw()
    // Filters come in endless shapes: starting over is cheaper than knowing which one was used last.
    if (statements.size >= MAX_STATEMENTS) statements.clear()
    statements.set(sql, statement)
    return statement
  }
}

function guarded<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw translateFailure(error)
  }
}
