import { setMaxListeners } from 'node:events'
import { type ExhaustedJob, type IQueueAdapter, queueEntry, UnavailableError } from '@json-express/core'
import type { FastifyBaseLogger } from 'fastify'
import pRetry from 'p-retry'
import { createLane, type Lane, type Pending } from './lane.js'
import { MAX_TIMER_MS, wait } from './wait.js'

export interface MemoryQueueOptions {
  /** Told about each failed attempt, never with the payload, and at close about jobs that are forgotten. */
  log?: Pick<FastifyBaseLogger, 'error' | 'warn'>
}

/**
 * Makes a queue in the memory of this process. `close` lets running jobs end and forgets the waiting ones; the last 1000
 * exhausted jobs of each queue are kept.
 */
export function createMemoryQueue({ log }: MemoryQueueOptions = {}): IQueueAdapter {
  const lanes = new Map<string, Lane>()
  const closing = new AbortController()
  // One listener for each waiting job is no leak.
  setMaxListeners(0, closing.signal)

  return {
    async enqueue(queue, name, payload, options) {
      assertOpen()
      const { jobId: id, attempts, delayMs, backoffMs } = queueEntry.options(options)
      const lane = laneOf(queue)
      if (lane.pending.has(id)) return id
      const job = { id, name, payload: queueEntry.serialise(payload), attempts }
      lane.add(job)
      void schedule(lane, job, { delayMs, backoffMs })
      return id
    },

    async registerWorker(queue, handler, options) {
      assertOpen()
      laneOf(queue).start(handler, queueEntry.concurrency(options))
    },

    async exhausted(queue): Promise<ExhaustedJob[]> {
      assertOpen()
      return laneOf(queue).exhausted()
    },

    async health() {
      assertOpen()
    },

    async close() {
      const first = !closing.signal.aborted
      closing.abort()
      await Promise.all([...lanes.values()].map((lane) => lane.stop()))
      const forgotten = [...lanes.values()].reduce((sum, lane) => sum + lane.pending.size, 0)
      if (first && forgotten > 0) log?.warn({ forgotten }, `queue-memory: ${forgotten} waiting jobs are forgotten`)
    },
  } satisfies IQueueAdapter

  async function schedule(lane: Lane, job: Pending, due: { delayMs: number; backoffMs: number }): Promise<void> {
    const { signal } = closing
    try {
      await wait(due.delayMs, signal)
      await pRetry((attempt) => lane.run(job, attempt), {
        retries: job.attempts - 1,
        minTimeout: Math.min(due.backoffMs, MAX_TIMER_MS),
        maxTimeout: MAX_TIMER_MS,
        randomize: true,
        unref: true,
        signal,
      })
    } catch {
      // The lane has recorded how the job ended, or close will count it among the forgotten.
    }
  }

  function laneOf(queue: string): Lane {
    const lane = lanes.get(queue) ?? createLane(queue, reporter(queue))
    lanes.set(queue, lane)
    return lane
  }

  function reporter(queue: string): Parameters<typeof createLane>[1] {
    return ({ id, name, attempt }, err, last) => {
      const job = { queue, job: name, id, attempt, err }
      if (last) log?.error(job, 'job exhausted')
      else log?.warn(job, 'job failed, it will be tried again')
    }
  }

  function assertOpen(): void {
    if (closing.signal.aborted) throw new UnavailableError('queue: the queue is closed')
  }
}
