import type { Cluster, Redis } from 'ioredis'

/** No key of an app is likely to be that. */
const KEY = ':health'
const LIFE_MS = 1000

/** Rejects when Redis cannot be written to: one that is full, a replica, or forbidden to its user still answers a PING. */
export async function writeHealth(client: Redis | Cluster): Promise<void> {
  await client.set(KEY, 1, 'PX', LIFE_MS)
}
