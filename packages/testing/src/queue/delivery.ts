import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import type { Job, JsonValue } from '@json-express/core'
import { eventually } from '../eventually.js'
import type { QueueSubject } from '../queue.js'
import type { Rule } from '../suite.js'
import { gate, HOUR, queueRule } from './rule.js'

const PAYLOADS: readonly JsonValue[] = [
  ...[null, '', 'grüße 招待 🎉 \u0000', 0, 1.5, false, [], {}, { deep: [{ a: null }, ['b']] }, 'x'.repeat(100_000)],
]

/** Jobs arrive, once the time has come, as many at once as agreed. */
export const queueDeliveryRules: readonly Rule<QueueSubject>[] = [
  queueRule('delivers id, name and payload of each job', async (queue) => {
    const jobs: Job[] = []
    await queue.registerWorker('mail', async (job) => void jobs.push(job))
    const ids: string[] = []
    for (const payload of PAYLOADS) ids.push(await queue.enqueue('mail', 'send', payload))
    await eventually(() => jobs.length >= PAYLOADS.length, 'every job runs')
    assert.equal(new Set(ids).size, PAYLOADS.length)
    for (const [index, payload] of PAYLOADS.entries()) {
      const job = jobs.find(({ id }) => id === ids[index])
      assert.deepEqual(job, { id: ids[index], name: 'send', payload, attempt: 1 })
    }
    assert.deepEqual(await queue.exhausted('mail'), [])
  }),

  queueRule('copies the payload at enqueue', async (queue) => {
    const seen: JsonValue[] = []
    const payload = { list: [1] }
    await queue.enqueue('mail', 'send', payload)
    payload.list.push(2)
    await queue.registerWorker('mail', async (job) => void seen.push(job.payload))
    await eventually(() => seen.length > 0, 'the job runs')
    assert.deepEqual(seen[0], { list: [1] })
  }),

  queueRule('keeps jobs for a worker that comes later', async (queue) => {
    const seen = new Set<JsonValue>()
    for (const payload of [1, 2, 3]) await queue.enqueue('mail', 'send', payload)
    await queue.registerWorker('mail', async (job) => void seen.add(job.payload))
    await eventually(() => seen.size === 3, 'the waiting jobs run')
  }),

  queueRule('keeps queues apart', async (queue) => {
    const seen: Record<string, JsonValue[]> = { a: [], b: [] }
    for (const name of ['a', 'b']) {
      await queue.registerWorker(name, async (job) => void seen[name]?.push(job.payload))
    }
    await Promise.all([queue.enqueue('a', 'job', 'for a'), queue.enqueue('b', 'job', 'for b')])
    await eventually(() => seen.a?.length === 1 && seen.b?.length === 1, 'both jobs run')
    assert.deepEqual(seen, { a: ['for a'], b: ['for b'] })
  }),

  queueRule('a handler may enqueue', async (queue) => {
    const seen: string[] = []
    await queue.registerWorker('chain', async (job) => {
      seen.push(job.name)
      if (job.name === 'first') await queue.enqueue('chain', 'second', null)
    })
    await queue.enqueue('chain', 'first', null)
    await eventually(() => seen.includes('second'), 'the second job runs')
  }),

  queueRule('delayMs holds a job back and nothing else', async (queue) => {
    const order: string[] = []
    await queue.registerWorker('mail', async (job) => void order.push(job.name))
    await queue.enqueue('mail', 'after an hour', null, { delayMs: HOUR })
    // More than a Node timer can do: it would fire after 1 ms.
    await queue.enqueue('mail', 'after 25 days', null, { delayMs: 2 ** 31 })
    await queue.enqueue('mail', 'soon', null, { delayMs: 300 })
    await queue.enqueue('mail', 'at once', null)
    await eventually(() => order.includes('soon'), 'the delayed job runs')
    assert.deepEqual(order, ['at once', 'soon'])
  }),

  queueRule('runs as many jobs at once as agreed, and no more', async (queue) => {
    const five = gate()
    let running = 0
    let most = 0
    let done = 0
    await queue.registerWorker(
      'mail',
      async () => {
        running++
        most = Math.max(most, running)
        if (running === 5) five.open()
        await five.opened
        await turn()
        running--
        done++
      },
      { concurrency: 5 },
    )
    await Promise.all(Array.from({ length: 60 }, (_, index) => queue.enqueue('mail', 'send', index)))
    await eventually(() => done >= 60, 'five run at once, and all of them run')
    assert.equal(most, 5)
  }),

  queueRule('runs one job at once where nothing is agreed', async (queue) => {
    let running = 0
    let most = 0
    let done = 0
    await queue.registerWorker('mail', async () => {
      running++
      most = Math.max(most, running)
      await turn()
      running--
      done++
    })
    await Promise.all(Array.from({ length: 20 }, (_, index) => queue.enqueue('mail', 'send', index)))
    await eventually(() => done >= 20, 'every job runs')
    assert.equal(most, 1)
  }),

  queueRule('loses none of 1000 jobs', async (queue) => {
    const seen = new Set<JsonValue>()
    await queue.registerWorker('mail', async (job) => void seen.add(job.payload), { concurrency: 10 })
    await Promise.all(Array.from({ length: 1000 }, (_, index) => queue.enqueue('mail', 'send', index)))
    await eventually(() => seen.size === 1000, 'every job runs', 4)
  }),

  queueRule('is healthy', async (queue) => {
    assert.equal(await queue.health(), undefined)
  }),
]
