import { once } from 'node:events'
import { BootError, explainRedisFailure } from '@json-express/core'
import type { FastifyBaseLogger } from 'fastify'
import { Redis, type RedisOptions } from 'ioredis'
import pTimeout from 'p-timeout'

export interface RedisClientsOptions {
  /** `redis://` or `rediss://`, with user, password and number of the database where there are such. */
  url: string
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

const BOOT_MS = 5000
const FIRST_RETRY_MS = 50
const LAST_RETRY_MS = 2000
/** The oldest that has what BullMQ's scripts need. */
const OLDEST = '6.2.0'

/** Connects the producer. Throws `BootError` when Redis does not answer within 5 s, refuses, or is older than 6.2. */
export async function connectRedis({ url, options, log }: RedisClientsOptions): Promise<RedisClients> {
  let booted = false
  let lastError: unknown
  const both = {
    connectTimeout: 2000,
    replyMapping: 'legacy',
    // after a failover the old primary only reads
    reconnectOnError: (error: Error) => (error.message.startsWith('READONLY') ? 1 : false),
    retryStrategy: (attempt: number) => (booted ? reconnectDelay(attempt) : null),
    sentinelRetryStrategy: (attempt: number) => (booted ? reconnectDelay(attempt) : null),
  } as const
  const producer = new Redis(url, {
    ...options,
    ...both,
    autoResendUnfulfilledCommands: false,
    commandTimeout: 1000,
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
    lazyConnect: true,
  })
  producer.on('error', (error) => {
    lastError = error
  })
  try {
    const connected = Promise.race([producer.connect(), once(producer, 'end').then(() => Promise.reject(lastError))])
    await pTimeout(connected, {
      milliseconds: BOOT_MS,
      message: new Error(`ETIMEDOUT: no answer within ${BOOT_MS} ms`),
    })
    await checkServer(producer, log)
  } catch (error) {
    producer.disconnect()
    if (error instanceof BootError) throw error
    const cause = lastError ?? error
    throw new BootError(explainRedisFailure('jex.queue-bullmq.url', url, cause), { cause })
  }
  booted = true
  reportOutages(producer, () => lastError, log)
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
      const waiting = { ...options, ...both, maxRetriesPerRequest: null, socketTimeout: 30_000 }
      return {
        connection: track(new Redis(url, waiting)),
        end: () => {
          for (const client of made) client.disconnect()
        },
      }
    },
  }
}

/** Milliseconds until the next attempt to connect, spread so that instances do not come back all at once. */
function reconnectDelay(attempt: number): number {
  return Math.min(FIRST_RETRY_MS * 2 ** attempt, LAST_RETRY_MS) * (0.5 + Math.random() / 2)
}

async function checkServer(client: Redis, log: RedisClientsOptions['log']): Promise<void> {
  const info = await client.info()
  const [, version] = /^redis_version:([\d.]+)/m.exec(info) ?? []
  if (version !== undefined && version.localeCompare(OLDEST, 'en', { numeric: true }) < 0) {
    throw new BootError(
      `jex.queue-bullmq.url: this Redis is ${version}, older than ${OLDEST}: update it, or name another`,
    )
  }
  const [, policy] = /^maxmemory_policy:(\S+)/m.exec(info) ?? []
  if (policy !== undefined && policy !== 'noeviction') {
    log?.warn({ policy }, 'Redis may evict jobs when its memory is full: set its maxmemory-policy to noeviction')
  }
}

/** One line when Redis is lost, one when it is back. */
function reportOutages(client: Redis, lastError: () => unknown, log: RedisClientsOptions['log']): void {
  let lost = false
  client.on('close', () => {
    if (lost || client.status === 'end') return
    lost = true
    log?.warn({ err: lastError() }, 'the queue has lost Redis: jobs wait until it is back')
  })
  client.on('ready', () => {
    if (lost) log?.info('the queue has Redis back')
    lost = false
  })
}
