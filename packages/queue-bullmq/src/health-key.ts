import type { Redis } from 'ioredis'

const LIFE_MS = 1000

/** Rejects when Redis cannot be written to: one that is full, a replica, or forbidden to its user still answers a PING. */
export async function writeHealth(client: Redis, prefix: string): Promise<void> {
  await client.set(`${prefix}::health`, 1, 'PX', LIFE_MS) // no queue has an empty name
}
