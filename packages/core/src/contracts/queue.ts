import type { JsonValue } from './kv-store.js'

export interface EnqueueOptions {
  /** Milliseconds to wait before the first attempt. Default 0. */
  delayMs?: number
  /** Attempts in all before the job counts as exhausted, at least 1. Default 3. */
  attempts?: number
  /** Base of the exponential backoff with jitter between attempts, in milliseconds. Default 1000. */
  backoffMs?: number
  /** Identifies the job: while one with this id is pending or running in the queue, a second enqueue is a no-op. */
  jobId?: string
}

export interface Job<T extends JsonValue = JsonValue> {
  id: string
  name: string
  payload: T
  /** 1 for the first attempt. */
  attempt: number
}

/** A job whose attempts are used up. */
export interface ExhaustedJob extends Job {
  /** The message of the last error. */
  error: string
  /** When the last attempt ended, ISO 8601. */
  failedAt: string
}

/** Does the work of one attempt. A rejection counts as a failed attempt. */
export type JobHandler = (job: Job) => Promise<void>

/**
 * A job queue, at least once: a handler may see a job twice, never not at all while the queue lives.
 *
 * Payloads are JSON, copied at `enqueue`. They may rest in clear text in the backend, so they carry ids, never secrets.
 */
export interface IQueueAdapter {
  /**
   * Adds a job and resolves to its id once the queue has taken it over.
   * Rejects with `UnavailableError` when the backend fails or the queue is closed.
   */
  enqueue(queue: string, job: string, payload: JsonValue, options?: EnqueueOptions): Promise<string>

  /** Starts working a queue. `concurrency` is how many jobs of it run at once here, default 1. One worker a queue. */
  registerWorker(queue: string, handler: JobHandler, options?: { concurrency?: number }): Promise<void>

  /** The jobs of a queue whose attempts are used up, oldest first. A later `enqueue` of the same `jobId` replaces one. */
  exhausted(queue: string): Promise<ExhaustedJob[]>

  /** Resolves when the backend answers, rejects with `UnavailableError` when it does not. */
  health(): Promise<void>

  /** Takes no more jobs, waits for running ones, releases connections and timers. Waiting jobs stay where they are. */
  close(): Promise<void>
}
