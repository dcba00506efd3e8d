import type { Queue } from 'bullmq'
import type { Redis } from 'ioredis'

/**
 * Takes a job out if its attempts are used up, in one step, so that of several processes that replace it none removes what
 * another has just added. BullMQ itself would ignore a job whose id is among its failed ones.
 */
export async function dropExhausted(client: Redis, queue: Queue, id: string): Promise<void> {
  await client.eval(SCRIPT, 2, queue.toKey('failed'), queue.toKey(id), id)
}

const SCRIPT = `
if redis.call('ZREM', KEYS[1], ARGV[1]) == 1 then
  redis.call('DEL', KEYS[2], KEYS[2] .. ':logs')
end`
