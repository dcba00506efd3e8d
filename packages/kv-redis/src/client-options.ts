import { redisOptions, redisReconnectDelay } from '@json-express/core'
import type { RedisOptions } from 'ioredis'

/**
 * How a client has to be so that a request neither hangs nor does twice what it did once: nothing waits for a connection,
 * nothing is sent again, and every command ends. Commands of one turn of the event loop go out together.
 */
export const clientOptions = {
  ...redisOptions,
  commandTimeout: 400,
  socketTimeout: 5000,
  maxRetriesPerRequest: 1,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  enableAutoPipelining: true,
  retryStrategy: redisReconnectDelay,
} as const satisfies RedisOptions
