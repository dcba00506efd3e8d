import { Socket } from 'node:net'
import pg from 'pg'
import { type Connection, createConnection } from './connection.js'
import { translateFailure } from './postgres-failure.js'

export interface Connections {
  /**
   * Lends a connection to `work`. Throws `UnavailableError` when none is to be had in time.
   *
   * @param statementMs The time of its statements, where the server has been told another one. Left out: as set.
   */
  use<T>(work: (connection: Connection) => Promise<T>, statementMs?: number): Promise<T>
  /** Closes all connections, also those that are lent: what runs on them fails. Ends within about a second. */
  close(): Promise<void>
}

export interface ConnectionOptions {
  url: string
  maxConnections: number
  /** Kept by the server, and a little later from here for a server that does not move at all. */
  statementTimeout: number
  connectTimeout: number
  log?: { warn(details: object, message: string): void } | undefined
}

/** What a transaction may do between two statements, in milliseconds; its locks are in the way of others. */
const IDLE_IN_TRANSACTION_MS = 30_000
const ANSWER_MARGIN_MS = 1000
const GOODBYE_MS = 1000

/** Connects when asked to, never before. Throws on a URL that `pg` does not understand. */
export function createConnections({
  url,
  maxConnections,
  statementTimeout,
  connectTimeout,
  log,
}: ConnectionOptions): Connections {
  const sockets = createSockets()
  const pool = new pg.Pool({
    connectionString: withAllDigits(url),
    max: maxConnections,
    // Counts for the wait in the queue, too.
    connectionTimeoutMillis: connectTimeout,
    statement_timeout: statementTimeout,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    fallback_application_name: 'json-express',
    keepAlive: true,
    stream: sockets.open,
    types: { getTypeParser: (oid: number) => PARSERS.get(oid) ?? asText },
  })
  const lent = new Set<pg.PoolClient>()
  // The error itself has the whole client on it, with what the client and the server know alone.
  pool.on('error', ({ message }) => log?.warn({ reason: message }, 'an idle connection to the database was lost'))
  // The pool listens to idle clients only, and an error that nobody listens to ends the process. Whoever uses this
  // client learns of it from the next statement.
  pool.on('connect', (client) => void client.on('error', () => {}))

  return {
    async use(work, statementMs = statementTimeout) {
      const client = await borrow()
      lent.add(client)
      const connection = createConnection(client, statementMs + ANSWER_MARGIN_MS)
      try {
        return await work(connection)
      } finally {
        lent.delete(client)
        client.release(!connection.clean)
      }
    },

    async close() {
      void pool.end() // resolves when each is given back, which is not waited for
      for (const client of lent) void client.end()
      await sockets.closed(GOODBYE_MS)
    },
  }

  async function borrow(): Promise<pg.PoolClient> {
    try {
      return await pool.connect()
    } catch (error) {
      throw translateFailure(error)
    }
  }
}

/**
 * A role or a database may have been told to leave out the last digits of numbers. What the URL itself says comes later
 * and wins.
 */
function withAllDigits(url: string): string {
  const [base, query] = url.split(/\?(.*)/s, 2)
  const parameters = new URLSearchParams(query)
  parameters.set('options', `-c extra_float_digits=1 ${parameters.get('options') ?? ''}`.trim())
  return `${base}?${parameters}`
}

/** The sockets of the pool, which itself does not tell when they are closed. */
function createSockets() {
  const open = new Set<Socket>()

  return {
    open(): Socket {
      const socket = new Socket()
      open.add(socket)
      return socket.once('close', () => open.delete(socket))
    },

    /** Resolves when all are closed; those that the server does not close in time are cut. */
    async closed(waitMs: number): Promise<void> {
      const timer = setTimeout(() => {
        for (const socket of open) socket.destroy()
      }, waitMs)
      await Promise.all([...open].map((socket) => new Promise((resolve) => socket.once('close', resolve))))
      clearTimeout(timer)
    },
  }
}

const asText = (text: string) => text
/** By the oid of the type: bool, int8, int2, int4, float4, float8. Everything else stays the text that was sent. */
const PARSERS = new Map<number, (text: string) => unknown>([
  [16, (text) => text === 't'],
  ...[20, 21, 23, 700, 701].map((oid): [number, typeof Number] => [oid, Number]),
])
