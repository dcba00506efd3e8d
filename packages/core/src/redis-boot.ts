import { BootError } from './errors.js'
import { explainRedisFailure } from './redis-failure.js'
import type { RedisConnection } from './redis-outage.js'
import type { RedisTarget } from './redis-target.js'

/** How long Redis may take to answer at boot, in milliseconds. */
export const REDIS_BOOT_MS = 5000

/** A client of ioredis that has not been connected yet, and does not try again while it boots. */
export interface BootingRedis extends RedisConnection {
  connect(): Promise<unknown>
  disconnect(): void
}

/**
 * Connects a client and lets the check look at the server. Throws `BootError`, and ends the client, when Redis does not
 * answer within 5 s or refuses.
 */
export async function bootRedis(
  client: BootingRedis,
  target: Pick<RedisTarget, 'setting' | 'where'>,
  check: () => Promise<void>,
): Promise<void> {
  let lastError: unknown
  let timer: NodeJS.Timeout | undefined
  client.on('error', (error) => {
    lastError = error
  })
  // of what went wrong an error of the connection says most
  const ended = new Promise<never>((_, reject) =>
    client.on('end', () => reject(lastError ?? new Error('the connection is closed'))),
  )
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`ETIMEDOUT: no answer within ${REDIS_BOOT_MS} ms`)), REDIS_BOOT_MS)
  })
  try {
    const connected = client.connect().catch((error: unknown) => Promise.reject(lastError ?? error))
    await Promise.race([connected.then(check), ended, late])
  } catch (error) {
    client.disconnect()
    if (error instanceof BootError) throw error
    throw new BootError(explainRedisFailure(target, error), { cause: error })
  } finally {
    clearTimeout(timer)
  }
}

/** Writes at boot, which shows whether Redis can be used. One that is slow has answered already: only what it refuses counts. */
export async function tryRedisWrite(write: Promise<unknown>): Promise<void> {
  await write.catch((error: Error) => {
    if (error.name === 'ReplyError') throw error
  })
}
