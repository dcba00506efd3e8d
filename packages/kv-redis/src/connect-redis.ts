import { once } from 'node:events'
import { BootError, explainRedisFailure } from '@json-express/core'
import { Cluster, Redis, type RedisOptions } from 'ioredis'
import pTimeout from 'p-timeout'
import { clientOptions, reconnectDelay } from './client-options.js'

export interface ConnectRedisOptions {
  /** `redis://` or `rediss://`, with user, password and number of the database where there are such. */
  url: string
  /** Stands before every key. */
  prefix?: string
  /** Whether the URL leads to a node of a Redis Cluster. */
  cluster?: boolean
  /** More of ioredis' own options, those of Sentinel for example. */
  options?: RedisOptions
  log?: Log
}

type NodeOptions = RedisOptions & { replyMapping: 'legacy' }

interface Log {
  info(message: string): void
  warn(details: object, message: string): void
}

const BOOT_MS = 5000

/**
 * A client that is connected, and connects again by itself whenever it has to. Throws `BootError` when Redis does not
 * answer within 5 s, refuses, or is older than 6.2.
 */
export async function connectRedis({ url, prefix = '', cluster = false, options, log }: ConnectRedisOptions) {
  let booted = false
  let lastError: unknown
  const retry = (attempt: number) => (booted ? reconnectDelay(attempt) : null)
  const all = { ...options, ...clientOptions, retryStrategy: retry, sentinelRetryStrategy: retry }
  const client = cluster
    ? clusterOf(url, prefix, all, retry)
    : new Redis(url, { ...all, keyPrefix: prefix, lazyConnect: true })
  client.on('error', (error) => {
    lastError = error
  })
  try {
    const connected = Promise.race([client.connect(), once(client, 'end').then(() => Promise.reject(lastError))])
    await pTimeout(connected, {
      milliseconds: BOOT_MS,
      message: new Error(`ETIMEDOUT: no answer within ${BOOT_MS} ms`),
    })
    await checkServer(client, log)
  } catch (error) {
    client.disconnect()
    if (error instanceof BootError) throw error
    throw new BootError(explainRedisFailure('jex.kv-redis.url', url, lastError ?? error), { cause: lastError ?? error })
  }
  booted = true
  reportOutages(client, () => lastError, log)
  return client
}

/** What a Redis URL says is about one server; every node of a cluster takes the same user, password and TLS. */
function clusterOf(url: string, keyPrefix: string, options: NodeOptions, retry: (attempt: number) => number | null) {
  const { username, password, protocol } = new URL(url)
  return new Cluster([url], {
    redisOptions: {
      ...options,
      ...(username && { username: decodeURIComponent(username) }),
      ...(password && { password: decodeURIComponent(password) }),
      ...(protocol === 'rediss:' && { tls: options.tls ?? {} }),
    },
    keyPrefix,
    lazyConnect: true,
    enableOfflineQueue: false,
    enableAutoPipelining: true,
    slotsRefreshTimeout: clientOptions.connectTimeout,
    maxRedirections: 4, // each takes its time, and a request waits
    clusterRetryStrategy: retry,
    // names in certificates, not the addresses that the nodes tell each other
    ...(protocol === 'rediss:' && { dnsLookup: (address, callback) => callback(null, address) }),
  })
}

async function checkServer(client: Redis | Cluster, log?: Log): Promise<void> {
  const info = await client.info().catch(() => '') // an operator may have forbidden it
  const [, version] = /^redis_version:([\d.]+)/m.exec(info) ?? []
  if (version !== undefined && version.localeCompare(OLDEST, 'en', { numeric: true }) < 0) {
    throw new BootError(`jex.kv-redis.url: this Redis is ${version}, older than ${OLDEST}: update it, or name another`)
  }
  const [, policy] = /^maxmemory_policy:(\S+)/m.exec(info) ?? []
  if (policy !== undefined && policy !== 'noeviction') {
    log?.warn(
      { policy },
      'Redis may evict sessions, links and counters when its memory is full: set its maxmemory-policy to noeviction',
    )
  }
}

/** Has the commands it needs, GETDEL above all. */
const OLDEST = '6.2.0'

/** One line when Redis is lost, one when it is back. */
function reportOutages(client: Redis | Cluster, lastError: () => unknown, log?: Log): void {
  let lost = false
  client.on('close', () => {
    if (lost || client.status === 'end') return
    lost = true
    log?.warn({ err: lastError() }, 'Redis is lost: what needs it is unavailable until it is back')
  })
  client.on('ready', () => {
    if (lost) log?.info('Redis is back')
    lost = false
  })
}
