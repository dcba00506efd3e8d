import { type IDatabaseAdapter, UnavailableError } from '@json-express/core'
import { createConflictRetry } from './conflict-retry.js'
import { createConnections } from './connections.js'
import { createConstraints } from './constraints.js'
import { dryRun } from './dry-run.js'
import { withOutcome } from './lost-commit.js'
import { migrate } from './migrate.js'
import { createOperations } from './operations.js'
import { checkServer } from './server-check.js'
import { createSession, type Runner } from './session.js'
import { createTable, type Table } from './table.js'
import { runTransaction } from './transaction.js'
import { createGuard } from './violations.js'

export interface PostgresAdapterOptions {
  /** `postgres://user:password@host:5432/name`, with the parameters that `pg` understands. */
  url: string
  /** Connections at most; a transaction has one to itself. Default 10. */
  maxConnections?: number
  /** How long one statement may take, waiting for locks included. Default 5000 ms. */
  statementTimeout?: number
  /** How long to wait for a connection, a new one or a free one. Default 2000 ms. */
  connectTimeout?: number
  log?: { warn(details: object, message: string): void }
}

const CLOSE_WAIT_MS = 30_000

/** Connects to a PostgreSQL database. Throws `BootError` when it cannot be used. */
export async function createPostgresAdapter({
  url,
  maxConnections = 10,
  statementTimeout = 5000,
  connectTimeout = 2000,
  log,
}: PostgresAdapterOptions): Promise<IDatabaseAdapter> {
  const connections = await checkServer(
    () => createConnections({ url, maxConnections, statementTimeout, connectTimeout, log }),
    url,
    connectTimeout,
  )
  const constraints = createConstraints((work) => connections.use(({ execute }) => work(execute)))
  const tables = new Map<string, Table>()
  const operations = createOperations(tables, createGuard(constraints))
  const retry = createConflictRetry(statementTimeout)
  const running = new Set<Promise<unknown>>()
  let closing: Promise<void> | undefined

  const single: Runner = (step) => track(() => retry.statement(() => connections.use(step)))

  return {
    ...createSession(operations, { read: single, write: single }),

    migrate: (schemas) =>
      track(async () => {
        const report = await migrate(connections, schemas, statementTimeout)
        await connections.use(({ execute }) => constraints.load(execute))
        for (const schema of schemas) tables.set(schema.name, createTable(schema))
        return report
      }),

    plan: (schemas) => track(() => dryRun(connections, schemas, statementTimeout)),

    transaction: (work) =>
      track(() =>
        retry.transaction(() =>
          withOutcome(
            connections,
            () => connections.use((connection) => runTransaction(connection, operations, work)),
            connectTimeout,
          ),
        ),
      ),

    health: () =>
      track(() =>
        connections.use(async (connection) => {
          const { rows } = await connection.execute({ sql: 'SHOW transaction_read_only', parameters: [] })
          if (rows[0]?.[0] === 'on') throw new UnavailableError('The database is read-only')
        }),
      ),

    close() {
      closing ??= settled(running, CLOSE_WAIT_MS).then(() => connections.close())
      return closing
    },
  } satisfies IDatabaseAdapter

  /** Async, so that what is wrong with a call rejects; a closed adapter refuses it before it is looked at. */
  async function track<T>(work: () => Promise<T>): Promise<T> {
    if (closing !== undefined) throw new UnavailableError('The database is closed')
    const promise = work()
    running.add(promise)
    try {
      return await promise
    } finally {
      running.delete(promise)
    }
  }
}

/** Resolves when all of them have come to an end, or the time has. */
async function settled(running: ReadonlySet<Promise<unknown>>, waitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, waitMs)
  })
  await Promise.race([Promise.allSettled(running), late])
  clearTimeout(timer)
}
