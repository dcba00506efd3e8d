import { randomUUID } from 'node:crypto'
import type { JsonValue } from './contracts/kv-store.js'
import type { EnqueueOptions } from './contracts/queue.js'

/** What every queue checks and fills in alike, so that all of them take and refuse the same. */
export const queueEntry = {
  /** The options with their defaults. Throws `RangeError` for what is no number of attempts or milliseconds. */
  options({
    delayMs = 0,
    attempts = 3,
    backoffMs = 1000,
    jobId = randomUUID(),
  }: EnqueueOptions = {}): Required<EnqueueOptions> {
    assertInteger('delayMs', delayMs, 0)
    assertInteger('attempts', attempts, 1)
    assertInteger('backoffMs', backoffMs, 0)
    return { delayMs, attempts, backoffMs, jobId }
  },

  /** Throws `RangeError` for what is no number of jobs that run at once. */
  concurrency({ concurrency = 1 }: { concurrency?: number } = {}): number {
    assertInteger('concurrency', concurrency, 1)
    return concurrency
  },

  /** The payload as JSON, a copy by nature. Throws `TypeError` for what JSON cannot carry. */
  serialise(payload: JsonValue): string {
    const json: string | undefined = JSON.stringify(payload)
    if (json === undefined) throw new TypeError('queue: a payload must be JSON')
    return json
  },
} as const

function assertInteger(option: string, value: number, minimum: number): void {
  if (!Number.isSafeInteger(value) || value < minimum) {
    throw new RangeError(`queue: ${option} must be an integer of at least ${minimum}`)
  }
}
