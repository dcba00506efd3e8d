import {
  bootRedis,
  checkRedisServer,
  REDIS_BOOT_MS,
  type RedisTarget,
  readRedisTarget,
  redisOptions,
  redisReconnectDelay,
  reportRedisOutages,
  tryRedisWrite,
} from '@json-express/core'
import type { FastifyBaseLogger } from 'fastify'
import { Redis, type RedisOptions } from 'ioredis'
import { writeHealth } from './health-key.js'

export interface RedisClientsOptions {
  /** `redis://` or `rediss://`, with user, password and number of the database where there are such. */
  url: string
  /** Stands before every key. Default `jex`. */
  prefix?: string
  /** More of ioredis' own options, those of Sentinel for example. */
  options?: RedisOptions
  log?: Pick<FastifyBaseLogger, 'info' | 'warn'>
}

/** The two kinds of connection that a queue needs. */
export interface RedisClients {
  /** Fails fast: a request waits for it. */
  producer: Redis
  /** Waits as long as it takes: work goes on when Redis is back. */
  worker(): WorkerClient
}

/** The connection of one worker, and what is duplicated from it. */
export interface WorkerClient {
  connection: Redis
  /** Ends all of them at once. */
  end(): void
}

const COMMAND_MS = 1000

/**
 * Connects the producer. Throws `BootError` when Redis does not answer within 5 s, refuses, is older than 6.2, a cluster, or
 * cannot be written to.
 */
export async function connectRedis({
  url,
  prefix = 'jex',
  options = {},
  log,
}: RedisClientsOptions): Promise<RedisClients> {
  let booted = false
  const retry = (attempt: number) => (booted ? redisReconnectDelay(attempt) : null)
  const target = readRedisTarget('jex.queue-bullmq', url, options)
  const both = { ...target.options, ...redisOptions, retryStrategy: retry, sentinelRetryStrategy: retry }
  const producer = new Redis({
    ...both,
    autoResendUnfulfilledCommands: false,
    commandTimeout: REDIS_BOOT_MS, // a machine that still loads the app is slow to read an answer
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
    lazyConnect: true,
  })
  await bootRedis(producer, target, async () => {
    await checkServer(producer, target, log)
    await tryRedisWrite(writeHealth(producer, prefix))
  })
  booted = true
  producer.options.commandTimeout = COMMAND_MS // a request waits for it
  reportRedisOutages(producer, log, {
    lost: 'the queue has lost Redis: jobs wait until it is back',
    back: 'the queue has Redis back',
  })
  return {
    producer,
    worker() {
      const made: Redis[] = []
      const track = (client: Redis): Redis => {
        client.on('error', () => undefined) // the producer has the same server, and tells
        client.duplicate = (more) => track(Redis.prototype.duplicate.call(client, more) as Redis)
        made.push(client)
        return client
      }
      // what was under way when the connection broke is sent again: BullMQ's steps tell by their lock if they were done
      const waiting = { ...both, maxRetriesPerRequest: null, socketTimeout: 30_000 }
      return {
        connection: track(new Redis(waiting)),
        end: () => {
          for (const client of made) client.disconnect()
        },
      }
    },
  }
}

async function checkServer(client: Redis, { setting }: RedisTarget, log: RedisClientsOptions['log']): Promise<void> {
  const info = await client.info()
  const policy = checkRedisServer(info, { setting, insteadOfCluster: 'that is not supported, name a single Redis' })
  if (policy !== null) {
    log?.warn({ policy }, 'Redis may evict jobs when its memory is full: set its maxmemory-policy to noeviction')
  }
}
