import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import { UnavailableError } from '@json-express/core'
import { eventually } from '../eventually.js'
import type { QueueSubject } from '../queue.js'
import type { Rule } from '../suite.js'
import { gate, HOUR } from './rule.js'

/** The end of a queue. */
export const queueCloseRules: readonly Rule<QueueSubject>[] = [
  {
    name: 'close waits for what runs, starts nothing more, and refuses new jobs meanwhile',
    async run(subject) {
      const queue = await subject.open()
      const started = gate()
      const finish = gate()
      const seen: unknown[] = []
      await queue.registerWorker('mail', async (job) => {
        started.open()
        await finish.opened
        seen.push(job.payload)
      })
      await queue.enqueue('mail', 'send', 'running')
      await queue.enqueue('mail', 'send', 'waiting')
      await started.opened

      let closed = false
      const closing = queue.close().then(() => {
        closed = true
      })
      await assert.rejects(() => queue.enqueue('mail', 'send', 'late'), UnavailableError)
      for (let turns = 0; turns < 20; turns++) await turn()
      assert.equal(closed, false, 'close waits for the running job')
      finish.open()
      await closing
      assert.deepEqual(seen, ['running'])
    },
  },
  {
    name: 'close waits for no backoff and no delay',
    async run(subject) {
      const queue = await subject.open()
      const failed = gate()
      await queue.registerWorker('mail', async () => {
        failed.open()
        throw new Error('down')
      })
      await queue.enqueue('mail', 'delayed', null, { delayMs: HOUR })
      await queue.enqueue('mail', 'failing', null, { backoffMs: HOUR })
      await failed.opened
      let closed = false
      const closing = queue.close().then(() => {
        closed = true
      })
      await eventually(() => closed, 'close ends')
      await closing
    },
  },
  {
    name: 'once closed every call rejects with UnavailableError',
    async run(subject) {
      const queue = await subject.open()
      await queue.close()
      await assert.rejects(() => queue.enqueue('mail', 'send', null), UnavailableError)
      await assert.rejects(() => queue.registerWorker('mail', async () => {}), UnavailableError)
      await assert.rejects(() => queue.health(), UnavailableError)
    },
  },
]
