import { type ExhaustedJob, type IQueueAdapter, type JsonValue, queueEntry, UnavailableError } from '@json-express/core'
import { type Job as BullJob, Queue } from 'bullmq'
import type { FastifyBaseLogger } from 'fastify'
import pTimeout from 'p-timeout'
import { type BullWorker, startWorker, type WorkerTimes } from './bull-worker.js'
import { dropExhausted } from './drop-exhausted.js'
import { writeHealth } from './health-key.js'
import { jobNames } from './job-names.js'
import type { RedisClients } from './redis-clients.js'

export interface BullQueueOptions extends WorkerTimes {
  clients: RedisClients
  /** Stands before every key. Default `jex`. */
  prefix?: string
  /** Told about each failed attempt, never with the payload. */
  log?: Pick<FastifyBaseLogger, 'error' | 'warn'>
}

/** How long a call may take that waits for Redis, in milliseconds. */
const ANSWER_MS = 1500
/** How long exhausted jobs are kept, in seconds. */
const KEEP_EXHAUSTED_S = 14 * 86_400
/** How long `close` waits for Redis once the running jobs have ended. */
const CLOSE_MS = 3000

/** Makes a queue on Redis with BullMQ. It ends the connections at `close`. */
export function createBullQueue({ clients, prefix = 'jex', log, ...times }: BullQueueOptions): IQueueAdapter {
  const { producer } = clients
  const queues = new Map<string, Promise<Queue>>()
  const workers = new Map<string, BullWorker>()
  let closing: Promise<void> | undefined

  return {
    async enqueue(queue, name, payload, options) {
      assertOpen()
      const { jobId, delayMs, attempts, backoffMs } = queueEntry.options(options)
      const data = JSON.parse(queueEntry.serialise(payload)) as JsonValue
      const id = jobNames.job(jobId)
      await answered(async () => {
        const bull = await queueOf(queue)
        if (options?.jobId !== undefined) await dropExhausted(producer, bull, id)
        await bull.add(name, data, {
          jobId: id,
          attempts,
          delay: delayMs,
          backoff: { type: 'exponential', delay: backoffMs, jitter: 0.5 },
          removeOnComplete: true,
          removeOnFail: { age: KEEP_EXHAUSTED_S },
          stackTraceLimit: 0, // a trace may hold what an error was about
        })
      })
      return jobId
    },

    async registerWorker(queue, handler, options) {
      assertOpen()
      const concurrency = queueEntry.concurrency(options)
      if (workers.has(queue)) throw new Error(`queue: ${queue} has a worker already`)
      workers.set(queue, startWorker({ queue, handler, concurrency, prefix, client: clients.worker(), log, ...times }))
    },

    async exhausted(queue) {
      assertOpen()
      return answered(async () => (await (await queueOf(queue)).getJobs(['failed'], 0, -1, true)).map(exhaustedJob))
    },

    async health() {
      assertOpen()
      await answered(() => writeHealth(producer, prefix))
    },

    close() {
      closing ??= end()
      return closing
    },
  } satisfies IQueueAdapter

  function queueOf(name: string): Promise<Queue> {
    const known = queues.get(name)
    if (known) return known
    const made = openQueue(name)
    queues.set(name, made)
    made.catch(() => queues.delete(name)) // a queue that met Redis down is of no use later
    return made
  }

  async function openQueue(name: string): Promise<Queue> {
    const queue = new Queue(jobNames.queue(name), {
      connection: producer,
      prefix,
      skipWaitingForReady: true,
      skipVersionCheck: true, // done at boot
    })
    queue.on('error', () => undefined) // whoever waits for the answer is told
    await queue.waitUntilReady()
    return queue
  }

  async function answered<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await pTimeout(work(), { milliseconds: ANSWER_MS })
    } catch (cause) {
      if (cause instanceof TypeError) throw cause
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new UnavailableError(`queue: Redis did not do it: ${why}`, { cause })
    }
  }

  async function end(): Promise<void> {
    await Promise.all([...workers.values()].map((worker) => worker.close(CLOSE_MS)))
    const open = await Promise.allSettled(queues.values())
    const ended = open.map(async (queue) => (queue.status === 'fulfilled' ? queue.value.close() : undefined))
    await pTimeout(Promise.allSettled(ended), { milliseconds: CLOSE_MS, fallback: () => undefined })
    producer.disconnect()
  }

  function assertOpen(): void {
    if (closing !== undefined) throw new UnavailableError('queue: the queue is closed')
  }
}

function exhaustedJob(job: BullJob): ExhaustedJob {
  return {
    id: jobNames.idOf(job),
    name: job.name,
    payload: job.data as JsonValue,
    attempt: job.attemptsMade,
    error: job.failedReason ?? '',
    failedAt: new Date(job.finishedOn ?? job.timestamp).toISOString(),
  }
}
