import type { RedisOptions } from 'ioredis'

const FIRST_RETRY_MS = 50
const LAST_RETRY_MS = 2000

/**
 * How a client has to be so that a request neither hangs nor does twice what it did once: nothing waits for a connection,
 * nothing is sent again, and every command ends. Commands of one turn of the event loop go out together.
 */
export const clientOptions = {
  commandTimeout: 400,
  connectTimeout: 2000,
  socketTimeout: 5000,
  maxRetriesPerRequest: 1,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  enableAutoPipelining: true,
  retryStrategy: reconnectDelay,
  replyMapping: 'legacy',
  // after a failover the old primary only reads: connect anew, without repeating the command
  reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 1 : false),
} as const satisfies RedisOptions

/** Milliseconds until the next attempt to connect, spread so that instances do not come back all at once. */
export function reconnectDelay(attempt: number): number {
  return Math.min(FIRST_RETRY_MS * 2 ** attempt, LAST_RETRY_MS) * (0.5 + Math.random() / 2)
}
