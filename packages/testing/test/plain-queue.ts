import { type ExhaustedJob, type IQueueAdapter, type Job, type JobHandler, UnavailableError } from '@json-express/core'

export type QueueFault =
  | 'accepts when closed'
  | 'blocks while backing off'
  | 'close does not wait'
  | 'close waits for waiting jobs'
  | 'counts attempts from 0'
  | 'forgets done ids never'
  | 'forgets exhausted jobs'
  | 'gives up on a TypeError'
  | 'healthy is a word'
  | 'ids are global'
  | 'ids hold while waiting only'
  | 'ids mean nothing'
  | 'keeps the exhausted job'
  | 'lists newest first'
  | 'loses every tenth job'
  | 'needs a worker first'
  | 'no enqueue within a handler'
  | 'no backoff'
  | 'no concurrency limit'
  | 'one queue for all'
  | 'one at a time'
  | 'shares payloads'
  | 'stores the first error'
  | 'two attempts by default'
  | 'timers overflow'
  | 'hands over its list'

interface Entry {
  job: Job
  attempts: number
  backoffMs: number
  error?: string
}

interface Lane {
  handler?: JobHandler
  concurrency: number
  running: number
  ready: Entry[]
  ids: Set<string>
  exhausted: ExhaustedJob[]
}

/** A queue kept as plain as possible, correct but for the fault. */
export function createPlainQueue(fault?: QueueFault): IQueueAdapter {
  const lanes = new Map<string, Lane>()
  const idle = new Set<() => void>()
  let closed = false
  let count = 0

  return {
    async enqueue(queue, name, payload, options = {}) {
      if (closed && fault !== 'accepts when closed') throw new UnavailableError('closed')
      const { delayMs = 0, backoffMs = 1000, jobId, attempts = fault === 'two attempts by default' ? 2 : 3 } = options
      const lane = laneOf(queue)
      const id = fault === 'ids mean nothing' ? `${count++}` : (jobId ?? `made ${count++}`)
      const { ids } = fault === 'ids are global' ? laneOf('global') : lane
      if (ids.has(id)) return id
      ids.add(id)
      if (fault !== 'keeps the exhausted job') lane.exhausted = lane.exhausted.filter((job) => job.id !== id)
      if (fault === 'needs a worker first' && lane.handler === undefined) return id
      if (fault === 'no enqueue within a handler' && lane.running > 0) return id
      if (fault === 'loses every tenth job' && payload === 10) return id
      const job = { id, name, payload: fault === 'shares payloads' ? payload : copy(payload), attempt: 1 }
      after(delayMs, () => ready(lane, { job, attempts, backoffMs }))
      return id
    },
    async registerWorker(queue, handler, { concurrency = 1 } = {}) {
      if (closed) throw new UnavailableError('closed')
      Object.assign(laneOf(queue), { handler, concurrency: fault === 'one at a time' ? 1 : concurrency })
      work(laneOf(queue))
    },
    async exhausted(queue) {
      const { exhausted } = laneOf(queue)
      return fault === 'hands over its list' ? exhausted : copy(exhausted)
    },
    async health() {
      if (closed) throw new UnavailableError('closed')
      return fault === 'healthy is a word' ? ('ill' as never) : undefined
    },
    async close() {
      closed = fault !== 'close waits for waiting jobs'
      if (fault === 'close does not wait') return
      while ([...lanes.values()].some(({ running }) => running > 0)) {
        await new Promise<void>((resolve) => idle.add(resolve))
      }
      closed = true
    },
  }

  function laneOf(queue: string): Lane {
    const name = fault === 'one queue for all' ? 'all' : queue
    const lane = lanes.get(name) ?? { concurrency: 1, running: 0, ready: [], ids: new Set<string>(), exhausted: [] }
    lanes.set(name, lane)
    return lane
  }

  function ready(lane: Lane, entry: Entry): void {
    lane.ready.push(entry)
    work(lane)
  }

  function work(lane: Lane): void {
    const limit = fault === 'no concurrency limit' ? Number.POSITIVE_INFINITY : lane.concurrency
    while (lane.handler !== undefined && lane.running < limit && lane.ready.length > 0 && !closed) {
      const entry = lane.ready.shift()
      if (entry !== undefined) void run(lane, entry)
    }
  }

  async function run(lane: Lane, entry: Entry): Promise<void> {
    lane.running++
    const { job } = entry
    if (fault === 'ids hold while waiting only') lane.ids.delete(job.id)
    const attempt = fault === 'counts attempts from 0' ? job.attempt - 1 : job.attempt
    try {
      await lane.handler?.({ ...job, payload: fault === 'shares payloads' ? job.payload : copy(job.payload), attempt })
      if (fault !== 'forgets done ids never') lane.ids.delete(job.id)
    } catch (error) {
      const wait = fail(lane, entry, error)
      if (wait !== null && fault === 'blocks while backing off') return
    }
    lane.running--
    for (const resolve of idle) resolve()
    work(lane)
  }

  /** The milliseconds until the next attempt, `null` when there is none. */
  function fail(lane: Lane, entry: Entry, error: unknown): number | null {
    const { job, attempts, backoffMs } = entry
    const message = error instanceof Error ? error.message : String(error)
    const first = fault === 'stores the first error' ? (entry.error ?? message) : message
    if (job.attempt >= attempts || (fault === 'gives up on a TypeError' && error instanceof TypeError)) {
      lane.ids.delete(job.id)
      if (fault === 'forgets exhausted jobs') return null
      const ended = { ...copy(job), error: first, failedAt: new Date().toISOString() }
      if (fault === 'lists newest first') lane.exhausted.unshift(ended)
      else lane.exhausted.push(ended)
      return null
    }
    const wait = fault === 'no backoff' ? 0 : backoffMs
    after(wait, () => ready(lane, { ...entry, error: first, job: { ...job, attempt: job.attempt + 1 } }))
    return wait
  }

  function after(ms: number, then: () => void): void {
    if (ms === 0) queueMicrotask(then)
    else if (ms <= 2 ** 31 - 1) setTimeout(then, ms).unref()
    // What Node makes of a longer timer.
    else if (fault === 'timers overflow') setTimeout(then, 1).unref()
  }
}

function copy<T>(value: T): T {
  return structuredClone(value)
}
