import type Database from 'libsql'
import { isBusy, translateFailure } from './sqlite-failure.js'

/** What SQLite is given: libsql aborts the process on anything else, booleans included. */
export type SqlValue = string | number | null

/** One connection with its prepared statements. Every method is synchronous and throws what `translateFailure` makes. */
export interface Connection {
  /** The rows, each as an array in the order of the selected columns. Writes belong between BEGIN and COMMIT. */
  all(sql: string, parameters: readonly unknown[]): unknown[][]
  /** The first row. For reads only: it does not wait for the end of a statement. */
  first(sql: string, parameters: readonly unknown[]): unknown[] | undefined
  /** Statements without parameters and results. */
  exec(sql: string): void
  readonly inTransaction: boolean
  close(): void
}

const MAX_STATEMENTS = 500

/** Opens at once, and again after `all` or `first` met a lock. */
export function connect(open: () => Database.Database): Connection {
  const statements = new Map<string, Database.Statement>()
  let database: Database.Database | undefined = open()

  return {
    all: (sql, parameters) => prepared(sql, (statement) => statement.all(parameters) as unknown[][]),
    first: (sql, parameters) => prepared(sql, (statement) => statement.get(parameters) as unknown[] | undefined),
    exec: (sql) => guarded(() => void current().exec(sql)),
    get inTransaction() {
      return database?.inTransaction ?? false
    },
    close: forget,
  }

  function prepared<T>(sql: string, run: (statement: Database.Statement) => T): T {
    try {
      return guarded(() => run(prepare(sql)))
    } catch (error) {
      // libsql cannot reset a statement that met a lock. While it stays under way, SQLite ends no transaction of its own
      // on this connection: writes would be acknowledged and not committed, reads would go on seeing an old state.
      if (isBusy(error)) forget()
      throw error
    }
  }

  function prepare(sql: string): Database.Statement {
    const known = statements.get(sql)
    if (known !== undefined) return known
    const statement = current().prepare(sql)
    if (statement.reader) statement.raw()
    // Filters come in endless shapes: starting over is cheaper than knowing which one was used last.
    if (statements.size >= MAX_STATEMENTS) statements.clear()
    statements.set(sql, statement)
    return statement
  }

  function current(): Database.Database {
    database ??= open()
    return database
  }

  function forget(): void {
    statements.clear()
    database?.close()
    database = undefined
  }
}

function guarded<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw translateFailure(error)
  }
}
