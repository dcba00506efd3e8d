import { inspect } from 'node:util'
import type { JobHandler, JsonValue } from '@json-express/core'
import { type Job as BullJob, Worker } from 'bullmq'
import type { FastifyBaseLogger } from 'fastify'
import pTimeout from 'p-timeout'
import { jobNames } from './job-names.js'
import type { WorkerClient } from './redis-clients.js'

/** How soon the job of a worker that died is taken over. */
export interface WorkerTimes {
  /** How long a job belongs to a worker that gives no sign of life, in milliseconds. Default 15,000. */
  lockDurationMs?: number
  /** How often is looked for such jobs, in milliseconds. Default 5,000. */
  stalledIntervalMs?: number
}

export interface BullWorkerOptions extends WorkerTimes {
  queue: string
  handler: JobHandler
  concurrency: number
  prefix: string
  /** Of its own: it ends it. */
  client: WorkerClient
  log?: Pick<FastifyBaseLogger, 'error' | 'warn'> | undefined
}

export interface BullWorker {
  /** Starts nothing more; resolves when the running jobs have ended, and Redis knows or has had so long to hear of it. */
  close(graceMs: number): Promise<void>
}

/** That workers died over a job says nothing about the job: it is tried again as good as for ever. */
const MAX_DEATHS = 1000

/** Works a queue from now on, whether Redis is there at the moment or not. */
export function startWorker({
  queue,
  handler,
  concurrency,
  prefix,
  client: { connection, end },
  log,
  lockDurationMs = 15_000,
  stalledIntervalMs = 5000,
}: BullWorkerOptions): BullWorker {
  const running = new Set<Promise<void>>()

  const work = (job: BullJob) => {
    const attempt = {
      id: jobNames.idOf(job),
      name: job.name,
      payload: job.data as JsonValue,
      attempt: job.attemptsMade + 1,
    }
    const done = (async () => handler(attempt))().catch((error: unknown) => {
      throw new Error(messageOf(error), { cause: error }) // BullMQ takes nothing but errors
    })
    running.add(done)
    return done.finally(() => running.delete(done))
  }

  const worker = new Worker(jobNames.queue(queue), work, {
    ...{ connection, prefix, concurrency },
    lockDuration: lockDurationMs,
    stalledInterval: stalledIntervalMs,
    maxStalledCount: MAX_DEATHS,
    runRetryDelay: 1000,
  })
  const told = new Set<string>()
  worker.on('error', (error) => {
    // that of a connection is told by the one that outages are told of; what Redis answers comes again with every poll
    if (error.name !== 'ReplyError' || told.has(error.message)) return
    told.add(error.message)
    log?.error({ queue, err: error }, 'Redis refuses what the worker asks: jobs wait until it does it')
  })
  worker.on('failed', (job, error) => {
    if (job === undefined) return
    const about = { queue, job: job.name, id: jobNames.idOf(job), attempt: job.attemptsMade, err: error.cause ?? error }
    if (job.attemptsMade >= (job.opts.attempts ?? 1)) log?.error(about, 'job exhausted')
    else log?.warn(about, 'job failed, it will be tried again')
  })

  return {
    async close(graceMs) {
      const closed = worker.close()
      while (running.size > 0) await Promise.allSettled(running)
      await pTimeout(closed, { milliseconds: graceMs, fallback: () => undefined })
      // without Redis its closing never ends, and would leave its timers behind: both are ended here
      await worker.pause(true)
      // biome-ignore lint/complexity/useLiteralKeys: TypeScript lets protected members be read like this alone
      await worker['lockManager'].close()
      end()
    },
  }
}

function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message
  return typeof error === 'string' ? error : inspect(error)
}
