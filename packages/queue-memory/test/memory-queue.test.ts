import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { JsonValue } from '@json-express/core'
import { queueRules } from '@json-express/testing'
import t from 'tap'
import { createMemoryQueue } from '../src/memory-queue.js'

const subject = { open: async () => createMemoryQueue() }

for (const rule of queueRules) t.test(rule.name, () => rule.run(subject))

t.test('refuses options out of range, and payloads that are no JSON', async (t) => {
  const queue = createMemoryQueue()
  t.teardown(() => queue.close())
  for (const bad of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '5' as unknown as number]) {
    await t.rejects(queue.enqueue('mail', 'send', null, { delayMs: bad }), RangeError)
    await t.rejects(queue.enqueue('mail', 'send', null, { backoffMs: bad }), RangeError)
    await t.rejects(queue.enqueue('mail', 'send', null, { attempts: bad }), RangeError)
    await t.rejects(
      queue.registerWorker('mail', async () => {}, { concurrency: bad }),
      RangeError,
    )
  }
  await t.rejects(queue.enqueue('mail', 'send', null, { attempts: 0 }), RangeError)
  await t.rejects(queue.enqueue('mail', 'send', undefined as unknown as JsonValue), TypeError)
})

t.test('one worker a queue', async (t) => {
  const queue = createMemoryQueue()
  t.teardown(() => queue.close())
  await queue.registerWorker('mail', async () => {})
  await t.rejects(
    queue.registerWorker('mail', async () => {}),
    /mail has a worker already/,
  )
})

t.test('says at close how many waiting jobs it forgets', async (t) => {
  const { log, lines } = recorder()
  const queue = createMemoryQueue({ log })
  const done = new EventTarget()
  await queue.registerWorker('mail', async (job) => {
    if (job.name === 'failing') throw new Error('down')
    done.dispatchEvent(new Event('done'))
  })
  await queue.enqueue('mail', 'delayed', null, { delayMs: 3_600_000 })
  await queue.enqueue('mail', 'failing', null, { backoffMs: 3_600_000 })
  await queue.enqueue('without worker', 'waiting', null)
  const ran = once(done, 'done')
  await queue.enqueue('mail', 'good', null)
  await ran
  await queue.close()
  await queue.close()
  t.match(lines, [
    [
      'warn',
      { queue: 'mail', job: 'failing', attempt: 1, err: { message: 'down' } },
      'job failed, it will be tried again',
    ],
    ['warn', { forgotten: 3 }, 'queue-memory: 3 waiting jobs are forgotten'],
  ])
  t.equal(lines.length, 2)
})

t.test('says nothing at close when nothing waits, and finishes what runs', async (t) => {
  const { log, lines } = recorder()
  const queue = createMemoryQueue({ log })
  let finished = false
  const started = new EventTarget()
  await queue.registerWorker('mail', async () => {
    started.dispatchEvent(new Event('started'))
    await sleep(20)
    finished = true
  })
  const running = once(started, 'started')
  await queue.enqueue('mail', 'send', null)
  await running
  await queue.close()
  t.equal(finished, true)
  t.strictSame(lines, [])
})

t.test('logs an exhausted job without its payload, keeps the last 1000', async (t) => {
  const { log, lines } = recorder()
  const queue = createMemoryQueue({ log })
  t.teardown(() => queue.close())
  const failed = new EventTarget()
  await queue.registerWorker('mail', async (job) => {
    if (job.payload === 1000) setImmediate(() => failed.dispatchEvent(new Event('failed')))
    throw new Error('down')
  })
  const last = once(failed, 'failed')
  for (let index = 0; index <= 1000; index++) await queue.enqueue('mail', 'send', index, { attempts: 1 })
  await last
  const exhausted = await queue.exhausted('mail')
  t.strictSame(
    exhausted.map((job) => job.payload),
    Array.from({ length: 1000 }, (_, index) => index + 1),
  )
  t.equal(lines.length, 1001)
  t.match(lines[0], ['error', { queue: 'mail', job: 'send', err: { message: 'down' } }, 'job exhausted'])
  t.strictSame(Object.keys(Object(lines[0]?.[1])), ['queue', 'job', 'id', 'attempt', 'err'])
})

t.test('thousands of waiting jobs cause no warning of Node', async (t) => {
  const warnings: Error[] = []
  const note = (warning: Error) => void warnings.push(warning)
  process.on('warning', note)
  t.teardown(() => process.off('warning', note))
  const queue = createMemoryQueue()
  for (let index = 0; index < 2000; index++) await queue.enqueue('mail', 'send', index, { delayMs: 2 ** 40 })
  await queue.close()
  await new Promise(setImmediate)
  t.strictSame(warnings, [])
})

type Line = [level: string, data: unknown, message: unknown]

function recorder() {
  const lines: Line[] = []
  const at = (level: string) => (data: unknown, message?: unknown) => void lines.push([level, data, message])
  return { lines, log: { error: at('error'), warn: at('warn') } }
}
