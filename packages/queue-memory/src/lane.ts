import { inspect } from 'node:util'
import type { ExhaustedJob, Job, JobHandler } from '@json-express/core'
import PQueue from 'p-queue'

/** A job that has not come to its end. */
export interface Pending {
  readonly id: string
  readonly name: string
  /** Serialised JSON, so that each attempt gets a copy. */
  readonly payload: string
  readonly attempts: number
}

/** One named queue with its worker. */
export interface Lane {
  /** Jobs that wait, run, or will be tried again, by id. */
  readonly pending: ReadonlyMap<string, Pending>
  add(job: Pending): void
  /** Does one attempt as soon as the worker is free, and records how it ended. Rejects with an `Error` when it failed. */
  run(job: Pending, attempt: number): Promise<void>
  start(handler: JobHandler, concurrency: number): void
  /** Starts nothing more; resolves when the running attempts have ended. */
  stop(): Promise<void>
  exhausted(): ExhaustedJob[]
}

/** Keeps a queue whose jobs all fail from filling the memory. */
const MAX_EXHAUSTED = 1000

/** @param onFailure told about each failed attempt; with the last one the job is exhausted. */
export function createLane(name: string, onFailure: (job: Job, error: unknown, last: boolean) => void): Lane {
  const pending = new Map<string, Pending>()
  const exhausted = new Map<string, string>()
  // Paused until there is a worker.
  const slots = new PQueue({ autoStart: false })
  let handler: JobHandler | undefined

  return {
    pending,

    add(job) {
      exhausted.delete(job.id)
      pending.set(job.id, job)
    },

    run: (job, attempt) => slots.add(() => work(job, attempt)),

    start(next, concurrency) {
      if (handler !== undefined) throw new Error(`queue: ${name} has a worker already`)
      handler = next
      slots.concurrency = concurrency
      slots.start()
    },

    async stop() {
      slots.pause()
      await slots.onPendingZero()
    },

    exhausted: () => [...exhausted.values()].map((json) => JSON.parse(json) as ExhaustedJob),
  }

  async function work(job: Pending, number: number): Promise<void> {
    try {
      await handler?.(attempt(job, number))
    } catch (error) {
      const last = number >= job.attempts
      const failure = new Error(messageOf(error), { cause: error })
      if (last) exhaust({ ...attempt(job, number), error: failure.message, failedAt: new Date().toISOString() })
      onFailure(attempt(job, number), error, last)
      // As it came it might be a TypeError, which the retries take for a bug not worth another attempt.
      throw failure
    }
    pending.delete(job.id)
  }

  function exhaust(job: ExhaustedJob): void {
    pending.delete(job.id)
    exhausted.set(job.id, JSON.stringify(job))
    const [oldest] = exhausted.keys()
    if (exhausted.size > MAX_EXHAUSTED && oldest !== undefined) exhausted.delete(oldest)
  }
}

function attempt({ id, name, payload }: Pending, number: number): Job {
  return { id, name, payload: JSON.parse(payload), attempt: number }
}

function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message
  return typeof error === 'string' ? error : inspect(error)
}
