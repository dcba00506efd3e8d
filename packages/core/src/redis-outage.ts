/** Of a client of ioredis, what says how its connection is. */
export interface RedisConnection {
  readonly status: string
  on(event: 'error' | 'close' | 'ready' | 'end', listener: (error?: unknown) => void): unknown
}

interface OutageLog {
  info(message: string): void
  warn(details: object, message: string): void
}

/** Has the log say once that Redis is lost, with the last error, and once that it is back, in these words. */
export function reportRedisOutages(
  client: RedisConnection,
  log: OutageLog | undefined,
  words: { lost: string; back: string },
): void {
  let lost = false
  let lastError: unknown
  client.on('error', (error) => {
    lastError = error
  })
  client.on('close', () => {
    if (lost || client.status === 'end') return
    lost = true
    log?.warn({ err: lastError }, words.lost)
  })
  client.on('ready', () => {
    if (lost) log?.info(words.back)
    lost = false
  })
}
