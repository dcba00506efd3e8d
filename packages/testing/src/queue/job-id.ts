import assert from 'node:assert/strict'
import type { JsonValue } from '@json-express/core'
import { eventually } from '../eventually.js'
import type { QueueSubject } from '../queue.js'
import type { Rule } from '../suite.js'
import { gate, HOUR, queueRule } from './rule.js'

/** Ids that a backend may refuse or take for its own: with its separator, a number, a path, a long one. */
const ODD_IDS = ['invite:7:3', '42', '0', '__proto__', '0190c8a2@example.com', 'ü 招待 🎉', '../x', 'i'.repeat(200)]

/** One job for one `jobId`. */
export const queueJobIdRules: readonly Rule<QueueSubject>[] = [
  queueRule('a jobId that waits is not taken twice', async (queue) => {
    const seen: JsonValue[] = []
    const ids = await Promise.all(
      Array.from({ length: 50 }, (_, index) => queue.enqueue('mail', 'send', index, { jobId: 'one' })),
    )
    assert.equal(new Set(ids).size, 1)
    await queue.registerWorker('mail', async (job) => void seen.push(job.payload))
    await queue.enqueue('mail', 'send', 'last')
    await eventually(() => seen.includes('last') && seen.length >= 2, 'both jobs run')
    assert.equal(seen.length, 2)
  }),

  queueRule('a jobId that is delayed or backing off is not taken twice', async (queue) => {
    const seen: string[] = []
    await queue.registerWorker('mail', async (job) => {
      seen.push(`${job.name} ${job.payload}`)
      if (job.name === 'failing') throw new Error('down')
    })
    await queue.enqueue('mail', 'delayed', 1, { jobId: 'delayed', delayMs: HOUR })
    await queue.enqueue('mail', 'failing', 1, { jobId: 'failing', backoffMs: HOUR })
    await eventually(() => seen.length >= 1, 'the first attempt')
    await queue.enqueue('mail', 'delayed', 2, { jobId: 'delayed' })
    await queue.enqueue('mail', 'failing', 2, { jobId: 'failing' })
    await queue.enqueue('mail', 'last', 1, { delayMs: 100 })
    await eventually(() => seen.includes('last 1'), 'the last job')
    assert.deepEqual(seen, ['failing 1', 'last 1'])
  }),

  queueRule('a jobId that runs is not taken twice', async (queue) => {
    const seen: JsonValue[] = []
    const started = gate()
    const finish = gate()
    await queue.registerWorker('mail', async (job) => {
      seen.push(job.payload)
      started.open()
      await finish.opened
    })
    const id = await queue.enqueue('mail', 'send', 'first', { jobId: 'one' })
    await started.opened
    assert.equal(await queue.enqueue('mail', 'send', 'second', { jobId: 'one' }), id)
    await queue.enqueue('mail', 'send', 'last')
    finish.open()
    await eventually(() => seen.includes('last'), 'the last job')
    assert.deepEqual(seen, ['first', 'last'])
  }),

  queueRule('a jobId is taken again once its job is done', async (queue) => {
    const seen: JsonValue[] = []
    await queue.registerWorker('mail', async (job) => void seen.push(job.payload))
    await queue.enqueue('mail', 'send', 'first', { jobId: 'one' })
    await eventually(() => seen.length === 1, 'the first job')
    // When the handler is done the queue may need a moment to know it.
    await eventually(async () => {
      await queue.enqueue('mail', 'send', 'second', { jobId: 'one' })
      return seen.length > 1
    }, 'the second job')
    assert.equal(seen[1], 'second')
  }),

  queueRule('a jobId replaces its exhausted job', async (queue) => {
    const seen: JsonValue[] = []
    await queue.registerWorker('mail', async (job) => {
      seen.push(job.payload)
      if (job.payload !== 'good') throw new Error('down')
    })
    await queue.enqueue('mail', 'send', 'bad', { jobId: 'one', attempts: 1 })
    await queue.enqueue('mail', 'send', 'other', { jobId: 'two', attempts: 1 })
    await eventually(async () => (await queue.exhausted('mail')).length === 2, 'both jobs are exhausted')
    await queue.enqueue('mail', 'send', 'good', { jobId: 'one', attempts: 1 })
    await eventually(() => seen.includes('good'), 'the new job')
    assert.deepEqual(
      (await queue.exhausted('mail')).map((job) => job.payload),
      ['other'],
    )
  }),

  queueRule('takes any jobId, apart for each queue', async (queue) => {
    const seen: string[] = []
    for (const name of ['a', 'b']) {
      await queue.registerWorker(name, async (job) => void seen.push(`${name} ${job.payload} ${job.id}`))
    }
    const expected: string[] = []
    for (const jobId of ODD_IDS) {
      for (const name of ['a', 'b']) {
        expected.push(`${name} ${jobId} ${await queue.enqueue(name, 'send', jobId, { jobId })}`)
      }
    }
    await eventually(() => seen.length >= expected.length, 'every job runs')
    assert.deepEqual(seen.sort(), expected.sort())
  }),
]
