import type { CollectionSchema, MigrationPlan } from '@json-express/core'
import type { Connection } from './connection.js'
import { migrate } from './migrate.js'

/**
 * What `migrate` does, and the statements with which it did. Runs inside a transaction of the caller, who rolls it back.
 * Throws what `migrate` throws.
 */
export function dryRun(connection: Connection, schemas: readonly CollectionSchema[]): MigrationPlan {
  const statements: string[] = []
  const recorder: Connection = {
    ...connection,
    all(sql, parameters) {
      const before = changes(connection)
      const rows = connection.all(sql, parameters)
      if (changes(connection) !== before) statements.push(inlined(connection, sql, parameters))
      return rows
    },
    exec(sql) {
      const before = schemaVersion(connection)
      connection.exec(sql)
      if (schemaVersion(connection) !== before) statements.push(sql)
    },
  }
  return { ...migrate(recorder, schemas), statements }
}

function changes(connection: Connection): unknown {
  return connection.all('SELECT total_changes()', [])[0]?.[0]
}

function schemaVersion(connection: Connection): unknown {
  return connection.all('PRAGMA schema_version', [])[0]?.[0]
}

/** The statement with its values in it, written by SQLite itself. */
function inlined(connection: Connection, sql: string, parameters: readonly unknown[]): string {
  const [first = '', ...rest] = sql.split('?')
  const literals = parameters.map((value) => String(connection.all('SELECT quote(?)', [value])[0]?.[0]))
  return rest.reduce((text, part, index) => `${text}${literals[index]}${part}`, first)
}
