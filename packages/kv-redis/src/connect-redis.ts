import {
  bootRedis,
  checkRedisServer,
  REDIS_BOOT_MS,
  type RedisTarget,
  readRedisTarget,
  redisReconnectDelay,
  reportRedisOutages,
  tryRedisWrite,
} from '@json-express/core'
import { Cluster, type ClusterOptions, Redis, type RedisOptions } from 'ioredis'
import { clientOptions } from './client-options.js'
import { writeHealth } from './health-key.js'

/** What ioredis takes, and for a cluster more nodes than the one of the URL. */
export type KvRedisOptions = RedisOptions &
  Pick<ClusterOptions, 'natMap'> & { nodes?: { host: string; port?: number }[] }

export interface ConnectRedisOptions {
  /** `redis://` or `rediss://`, with user, password and number of the database where there are such. */
  url: string
  /** Stands before every key. */
  prefix?: string
  /** Whether the URL leads to a node of a Redis Cluster. */
  cluster?: boolean
  /** More of ioredis' own options, those of Sentinel for example. */
  options?: KvRedisOptions
  log?: Log
}

interface Log {
  info(message: string): void
  warn(details: object, message: string): void
}

/** How often a client looks which node has what, in milliseconds. */
const SLOTS_MS = 5000

/**
 * A client that is connected, and connects again by itself whenever it has to. Throws `BootError` when Redis does not
 * answer within 5 s, refuses, is older than 6.2 or cannot be written to.
 */
export async function connectRedis({ url, prefix = '', cluster = false, options = {}, log }: ConnectRedisOptions) {
  let booted = false
  const retry = (attempt: number) => (booted ? redisReconnectDelay(attempt) : null)
  const target = readRedisTarget('jex.kv-redis', url, options)
  const ours = { ...clientOptions, retryStrategy: retry, sentinelRetryStrategy: retry }
  const client = cluster
    ? clusterOf(target, prefix, ours)
    : new Redis({ ...target.options, ...ours, keyPrefix: prefix, lazyConnect: true })
  const hurry = patient(client)
  await bootRedis(client, target, () => checkServer(client, target, log))
  booted = true
  hurry()
  reportRedisOutages(client, log, {
    lost: 'Redis is lost: what needs it is unavailable until it is back',
    back: 'Redis is back',
  })
  return client
}

/**
 * Lets a command take as long as boot itself, until the returned function is called: a machine that still loads the app
 * is slow to read an answer, and no request waits for it.
 */
function patient(client: Redis | Cluster): () => void {
  const nodes = () => (client instanceof Cluster ? client.nodes('all') : [client])
  let commandTimeout = REDIS_BOOT_MS
  const tell = (node: Redis) => void Object.assign(node.options, { commandTimeout })
  nodes().forEach(tell)
  client.on('+node', tell) // of a cluster, which learns of its nodes while it connects
  return () => {
    commandTimeout = clientOptions.commandTimeout
    nodes().forEach(tell)
  }
}

/** Every node takes the same user, password and TLS. */
function clusterOf(
  { options }: RedisTarget<KvRedisOptions>,
  keyPrefix: string,
  ours: Omit<typeof clientOptions, 'retryStrategy'> & { retryStrategy: (attempt: number) => number | null },
) {
  const { host, port, nodes = [], ...each } = options
  return new Cluster([{ host, port }, ...nodes], {
    ...(options as ClusterOptions),
    redisOptions: { ...each, ...ours },
    keyPrefix,
    lazyConnect: true,
    scaleReads: 'master', // a replica is behind, and would let in whom its master has locked out
    enableOfflineQueue: false,
    enableAutoPipelining: true,
    slotsRefreshInterval: SLOTS_MS,
    slotsRefreshTimeout: ours.connectTimeout,
    maxRedirections: 4, // each takes its time, and a request waits
    clusterRetryStrategy: ours.retryStrategy,
    // names in certificates, not the addresses that the nodes tell each other
    ...(options.tls && { dnsLookup: (address, callback) => callback(null, address) }),
  })
}

async function checkServer(client: Redis | Cluster, { setting }: RedisTarget, log?: Log): Promise<void> {
  const info = await client.info().catch(() => '') // an operator may have forbidden it
  const policy = checkRedisServer(info, {
    setting,
    ...(client instanceof Redis && { insteadOfCluster: 'set jex.kv-redis.cluster=true' }),
  })
  if (policy !== null) {
    log?.warn(
      { policy },
      'Redis may evict sessions, links and counters when its memory is full: set its maxmemory-policy to noeviction',
    )
  }
  await tryRedisWrite(writeHealth(client))
}
