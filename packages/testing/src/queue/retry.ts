import assert from 'node:assert/strict'
import type { Job, JobHandler } from '@json-express/core'
import { eventually } from '../eventually.js'
import type { QueueSubject } from '../queue.js'
import type { Rule } from '../suite.js'
import { HOUR, queueRule } from './rule.js'

const throwsAtOnce: JobHandler = () => {
  throw new Error('thrown at once')
}

/** Ways to fail, and what the exhausted job says about them. */
const FAILURES: readonly [handler: JobHandler, error: RegExp][] = [
  [throwsAtOnce, /thrown at once/],
  [() => Promise.reject(new TypeError('a bug')), /a bug/],
  [() => Promise.reject('not an error'), /not an error/],
  [() => Promise.reject({ code: 550 }), /^/],
  [() => Promise.reject(undefined), /^/],
]

/** Failed attempts come again, and in the end are listed. */
export const queueRetryRules: readonly Rule<QueueSubject>[] = [
  queueRule('retries until an attempt succeeds', async (queue) => {
    const attempts: number[] = []
    await queue.registerWorker('mail', async ({ attempt }) => {
      attempts.push(attempt)
      if (attempt < 3) throw new Error('not yet')
    })
    await queue.enqueue('mail', 'send', null, { attempts: 5, backoffMs: 10 })
    await eventually(() => attempts.length >= 3, 'the third attempt')
    await passes(queue)
    assert.deepEqual(attempts, [1, 2, 3])
    assert.deepEqual(await queue.exhausted('mail'), [])
  }),

  queueRule('lists a job whose attempts are used up, with its last error', async (queue) => {
    const seen: Job[] = []
    await queue.registerWorker('mail', async (job) => {
      seen.push(structuredClone(job))
      Object.assign(job.payload ?? {}, { changed: true })
      throw new Error(`failure ${job.attempt}`)
    })
    const before = Date.now()
    const id = await queue.enqueue('mail', 'send', { user: 7 }, { attempts: 3, backoffMs: 10 })
    await eventually(async () => (await queue.exhausted('mail')).length > 0, 'the job is exhausted')
    const job = { id, name: 'send', payload: { user: 7 } }
    assert.deepEqual(seen, [
      { ...job, attempt: 1 },
      { ...job, attempt: 2 },
      { ...job, attempt: 3 },
    ])
    const [listed, ...others] = await queue.exhausted('mail')
    assert.equal(others.length, 0)
    assert.deepEqual(listed, { ...job, attempt: 3, error: 'failure 3', failedAt: listed?.failedAt })
    assert.equal(new Date(listed.failedAt).toISOString(), listed.failedAt)
    // The clock of a backend may differ a little from ours.
    assert.ok(Math.abs(Date.parse(listed.failedAt) - before) < HOUR)
    assert.deepEqual(await queue.exhausted('another'), [])
  }),

  queueRule('lists exhausted jobs oldest first, as copies', async (queue) => {
    await queue.registerWorker('mail', throwsAtOnce)
    for (const payload of [[1], [2], [3]]) {
      await queue.enqueue('mail', 'send', payload, { attempts: 1 })
      await eventually(async () => (await queue.exhausted('mail')).length === payload[0], 'the job is exhausted')
    }
    const listed = await queue.exhausted('mail')
    for (const job of listed) Object.assign(job, { payload: 'changed' })
    assert.deepEqual(
      (await queue.exhausted('mail')).map((job) => job.payload),
      [[1], [2], [3]],
    )
  }),

  queueRule('three attempts where nothing is said', async (queue) => {
    const attempts: number[] = []
    await queue.registerWorker('mail', async ({ attempt }) => {
      attempts.push(attempt)
      throw new Error('always')
    })
    await queue.enqueue('mail', 'send', null, { backoffMs: 10 })
    await eventually(async () => (await queue.exhausted('mail')).length > 0, 'the job is exhausted')
    assert.deepEqual(attempts, [1, 2, 3])
  }),

  queueRule('waits for the backoff, and lets other jobs run meanwhile', async (queue) => {
    const seen: string[] = []
    await queue.registerWorker('mail', async (job) => {
      seen.push(`${job.name} ${job.attempt}`)
      if (job.name === 'failing') throw new Error('down')
    })
    // The second backoff is longer than a Node timer can do: it would fire after 1 ms.
    for (const backoffMs of [HOUR, 2 ** 32]) {
      await queue.enqueue('mail', 'failing', null, { backoffMs, attempts: 2 })
    }
    await eventually(() => seen.length >= 2, 'the first attempts')
    await queue.enqueue('mail', 'other', null, { delayMs: 100 })
    await eventually(() => seen.includes('other 1'), 'the other job')
    assert.deepEqual(seen, ['failing 1', 'failing 1', 'other 1'])
    assert.deepEqual(await queue.exhausted('mail'), [])
  }),

  queueRule('survives every way to fail', async (queue) => {
    for (const [index, [handler, error]] of FAILURES.entries()) {
      const attempts: number[] = []
      await queue.registerWorker(`mail ${index}`, (job) => {
        attempts.push(job.attempt)
        return handler(job)
      })
      await queue.enqueue(`mail ${index}`, 'send', null, { attempts: 2, backoffMs: 10 })
      await eventually(async () => (await queue.exhausted(`mail ${index}`)).length > 0, `failure ${index} is listed`)
      const [listed] = await queue.exhausted(`mail ${index}`)
      assert.match(listed?.error ?? 'missing', error)
      assert.deepEqual(attempts, [1, 2])
    }
  }),
]

/** Lets a job of another queue run, so that one that was due before would have run too. */
async function passes(queue: Parameters<Parameters<typeof queueRule>[1]>[0]): Promise<void> {
  let ran = false
  await queue.registerWorker('passes', async () => {
    ran = true
  })
  await queue.enqueue('passes', 'pass', null, { delayMs: 200 })
  await eventually(() => ran, 'the job of another queue')
}
