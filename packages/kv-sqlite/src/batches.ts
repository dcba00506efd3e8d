import { setImmediate as turn } from 'node:timers/promises'
import { UnavailableError } from '@json-express/core'
import Database from 'libsql'
import pRetry from 'p-retry'
import { createEntries, type Entries } from './entries.js'

/** One operation on the entries, whole within a transaction. It writes last, so that one which throws has changed nothing. */
export type Step<T> = (entries: Entries) => T

/** Runs the steps of one turn of the event loop together: one commit, and so one wait for the disk, for all of them. */
export interface Batches {
  /** Resolves once what the step wrote is on the disk. Rejects with what the step throws, or `UnavailableError`. */
  write<T>(step: Step<T>): Promise<T>
  /** Sees what has been committed. */
  read<T>(step: Step<T>): Promise<T>
  /** Resolves when all that was asked for is done, and lets go of the file. */
  close(): Promise<void>
}

interface Waiting {
  run(entries: Entries): void
  settle(): void
  refuse(error: unknown): void
}

interface Connection {
  database: Database.Database
  entries: Entries
}

/** @param waitMs how long other processes may keep the file locked. */
export function createBatches(open: () => Database.Database, waitMs: number): Batches {
  let connection: Connection | undefined = connect()
  let waiting: Waiting[] = []
  let working: Promise<void> | undefined

  return {
    write: (step) =>
      new Promise((resolve, reject) => {
        let result: { value: Awaited<ReturnType<typeof step>> } | undefined
        let failure: unknown
        waiting.push({
          run(entries) {
            try {
              result = { value: step(entries) as Awaited<ReturnType<typeof step>> }
            } catch (error) {
              if (error instanceof Database.SqliteError) throw error
              failure = error
            }
          },
          settle: () => (result === undefined ? reject(failure) : resolve(result.value)),
          refuse: reject,
        })
        working ??= work()
      }),

    read: async (step) => guarded(() => step(current().entries)),

    async close() {
      await working
      connection?.database.close()
      connection = undefined
    },
  }

  async function work(): Promise<void> {
    await turn() // whoever else asks in this turn comes along
    while (waiting.length > 0) {
      const batch = waiting
      waiting = []
      try {
        await patiently(() => guarded(() => commit(batch)), waitMs)
        for (const { settle } of batch) settle()
      } catch (error) {
        for (const { refuse } of batch) refuse(error)
      }
    }
    working = undefined
  }

  function commit(batch: readonly Waiting[]): void {
    const { database, entries } = current()
    begin(database)
    for (const { run } of batch) run(entries)
    database.exec('COMMIT')
  }

  /** A connection on which something failed is not used again: an open transaction and its locks go with it. */
  function guarded<T>(step: () => T): T {
    try {
      return step()
    } catch (error) {
      if (!(error instanceof Database.SqliteError)) throw error
      connection?.database.close()
      connection = undefined
      throw new UnavailableError(`kv: the file does not work: ${error.message}`, { cause: error })
    }
  }

  function current(): Connection {
    connection ??= connect()
    return connection
  }

  function connect(): Connection {
    const database = open()
    return { database, entries: createEntries(database) }
  }
}

/** Another process writes. Nothing has happened yet, so that trying again is safe. */
class Locked extends UnavailableError {}

/** Primary result code of SQLite (https://sqlite.org/rescode.html#busy). */
const BUSY = 5

function begin(database: Database.Database): void {
  try {
    database.exec('BEGIN IMMEDIATE')
  } catch (error) {
    if (!(error instanceof Database.SqliteError) || ((error.rawCode ?? 0) & 0xff) !== BUSY) throw error
    throw new Locked('kv: another process keeps the file locked', { cause: error })
  }
}

/** Runs it again and again while another process writes; the event loop stays free meanwhile. */
function patiently(work: () => void, waitMs: number): Promise<void> {
  return pRetry(work, {
    retries: Number.POSITIVE_INFINITY,
    maxRetryTime: waitMs,
    minTimeout: 1,
    maxTimeout: 50,
    factor: 1.5,
    randomize: true,
    shouldRetry: ({ error }) => error instanceof Locked,
  })
}
