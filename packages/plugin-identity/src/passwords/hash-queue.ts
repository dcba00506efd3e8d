import { availableParallelism } from 'node:os'
import type { AuthSettings } from '@json-express/core'
import PQueue from 'p-queue'
import { busy } from '../busy.js'

/** libuv's thread pool unless told otherwise, which only the runtime knows: it sets `auth.hash.concurrency` accordingly. */
const THREAD_POOL = 4
/** What one hash takes with the default parameters, on the slow side of today's servers. */
const TYPICAL_MS = 22
const TYPICAL_WORK = 19_456 * 2
const QUEUE_MS = 2000

/** Runs hashes, a bounded number at once and a bounded number waiting. */
export interface HashQueue {
  /** Whether another hash would be refused right now. */
  isFull(): boolean
  /**
   * Throws 503 when too many wait. Aborting takes work out of the queue and rejects with the reason; what is being
   * computed is computed to its end, since threads cannot be stopped.
   */
  run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T>
}

/** How many hashes are computed at once where `auth.hash.concurrency` is unset. */
export function derivedConcurrency(): number {
  return Math.max(1, Math.min(availableParallelism(), THREAD_POOL - 2))
}

export function createHashQueue(parameters: AuthSettings['hash']): HashQueue {
  const concurrency = parameters.concurrency ?? derivedConcurrency()
  const costMs = (TYPICAL_MS * parameters.memoryKiB * parameters.iterations) / TYPICAL_WORK
  const maxQueue = parameters.maxQueue ?? Math.ceil((QUEUE_MS / costMs) * concurrency)
  const queue = new PQueue({ concurrency })
  const isFull = () => queue.pending >= concurrency && queue.size >= maxQueue

  return {
    isFull,
    async run(work, signal) {
      signal?.throwIfAborted()
      if (isFull()) throw busy()
      if (signal === undefined) return queue.add(work)
      // a signal of its own, which ends with the waiting: the queue would take running work for done
      const waiting = new AbortController()
      const leave = () => waiting.abort(signal.reason)
      const stay = () => signal.removeEventListener('abort', leave)
      signal.addEventListener('abort', leave, { once: true })
      const started = () => {
        stay()
        return work()
      }
      return queue.add(started, { signal: waiting.signal }).finally(stay)
    },
  }
}
