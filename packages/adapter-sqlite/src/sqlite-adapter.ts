import { resolve } from 'node:path'
import { createWriteLock, type IDatabaseAdapter, UnavailableError } from '@json-express/core'
import pRetry from 'p-retry'
import { dryRun } from './dry-run.js'
import { migrate } from './migrate.js'
import { IN_MEMORY, openDatabase } from './open-database.js'
import { createOperations } from './operations.js'
import { createSession, type Runner } from './session.js'
import { isBusy } from './sqlite-failure.js'
import { createTable, type Table } from './table.js'

export interface SqliteAdapterOptions {
  /** The database file, created with its folder when absent; `:memory:` for one that lasts until `close`. */
  file: string
  log?: { warn(details: object, message: string): void }
  /** How long a write waits for others in this process, and then for those of other processes. Default 5000 ms. */
  waitMs?: number
}

/** Indexes on many rows take their time, and another instance may be building them. */
const MIGRATION_WAIT_MS = 60_000

/** Opens a SQLite database. Throws `BootError` when the file cannot be used. */
export function createSqliteAdapter({ file, log, waitMs = 5000 }: SqliteAdapterOptions): IDatabaseAdapter {
  const { writer, reader, checkFile } = openDatabase(file === IN_MEMORY ? file : resolve(file), log)
  const lock = createWriteLock(waitMs)
  const tables = new Map<string, Table>()
  const read = createOperations(reader, tables)
  const write = createOperations(writer, tables)
  let closing: Promise<void> | undefined

  const runWrite: Runner = async (step) => {
    assertOpen()
    return lock.run(() => inTransaction(waitMs, step))
  }
  const runRead: Runner = async (step) => {
    assertOpen()
    // A database in memory has one connection, on which an open transaction would show.
    return reader === writer ? lock.run(step) : step()
  }

  return {
    ...createSession({ operations: read, run: runRead }, { operations: write, run: runWrite }),

    async migrate(schemas) {
      assertOpen()
      return lock.run(async () => {
        const report = await inTransaction(MIGRATION_WAIT_MS, () => migrate(writer, schemas))
        for (const schema of schemas) tables.set(schema.name, createTable(schema))
        return report
      }, MIGRATION_WAIT_MS)
    },

    async plan(schemas) {
      assertOpen()
      return lock.run(async () => {
        await patiently(() => writer.exec('BEGIN IMMEDIATE'), MIGRATION_WAIT_MS)
        try {
          return dryRun(writer, schemas)
        } finally {
          if (writer.inTransaction) writer.exec('ROLLBACK')
        }
      }, MIGRATION_WAIT_MS)
    },

    async transaction(work) {
      assertOpen()
      return lock.run(() =>
        inTransaction(waitMs, async () => {
          let over = false
          const run: Runner = async (step) => {
            if (over) throw new Error('This transaction is over, its session cannot be used any more')
            if (!writer.inTransaction) throw new UnavailableError('The database has given up this transaction')
            return step()
          }
          try {
            return await work(createSession({ operations: write, run }, { operations: write, run }))
          } finally {
            over = true
          }
        }),
      )
    },

    health: () =>
      runRead(() => {
        checkFile()
        reader.first('SELECT count(*) FROM sqlite_schema', [])
      }),

    close() {
      closing ??= lock.run(() => {
        try {
          writer.all('PRAGMA wal_checkpoint(TRUNCATE)', [])
        } finally {
          reader.close()
          writer.close()
        }
      }, null)
      return closing
    },
  } satisfies IDatabaseAdapter

  function assertOpen() {
    if (closing !== undefined) throw new UnavailableError('The database is closed')
  }

  async function inTransaction<T>(patienceMs: number, work: () => T | Promise<T>): Promise<T> {
    await patiently(() => writer.exec('BEGIN IMMEDIATE'), patienceMs)
    try {
      const result = await work()
      writer.exec('COMMIT')
      return result
    } catch (error) {
      // A full disk has ended the transaction already (https://sqlite.org/lang_transaction.html, section 3.2).
      if (writer.inTransaction) writer.exec('ROLLBACK')
      throw error
    }
  }
}

/** Runs a step, again and again while another process holds the write lock; the event loop stays free meanwhile. */
async function patiently<T>(step: () => T, waitMs: number): Promise<T> {
  try {
    return step()
  } catch (error) {
    if (!isBusy(error)) throw error
  }
  return pRetry(step, {
    retries: Number.POSITIVE_INFINITY,
    maxRetryTime: waitMs,
    minTimeout: 1,
    maxTimeout: 50,
    factor: 1.5,
    randomize: true,
    shouldRetry: ({ error }) => isBusy(error),
  })
}
