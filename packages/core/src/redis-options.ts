const FIRST_RETRY_MS = 50
const LAST_RETRY_MS = 2000

/** How every client of Redis connects, for ioredis. */
export const redisOptions = {
  connectTimeout: 2000,
  /** One sentinel that hangs must not keep the others from being asked. */
  sentinelCommandTimeout: 1000,
  replyMapping: 'legacy',
  // after a failover the old primary only reads: connect anew, without repeating the command. Scripts say it in the middle
  reconnectOnError: (error: Error): 1 | false => (error.message.includes('READONLY') ? 1 : false),
} as const

/** Milliseconds until the next attempt to connect, spread so that instances do not come back all at once. */
export function redisReconnectDelay(attempt: number): number {
  return Math.min(FIRST_RETRY_MS * 2 ** attempt, LAST_RETRY_MS) * (0.5 + Math.random() / 2)
}
