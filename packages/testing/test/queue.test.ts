import t from 'tap'
import { patience, queueRules } from '../src/index.js'
import { breaks } from './breaks.js'
import { createPlainQueue, type QueueFault } from './plain-queue.js'

/** Every rule with faults it has to find. */
const faults: Record<string, QueueFault[]> = {
  'delivers id, name and payload of each job': ['counts attempts from 0'],
  'copies the payload at enqueue': ['shares payloads'],
  'keeps jobs for a worker that comes later': ['needs a worker first'],
  'keeps queues apart': ['one queue for all'],
  'a handler may enqueue': ['no enqueue within a handler'],
  'delayMs holds a job back and nothing else': ['timers overflow'],
  'runs as many jobs at once as agreed, and no more': ['no concurrency limit', 'one at a time'],
  'runs one job at once where nothing is agreed': ['no concurrency limit'],
  'loses none of 1000 jobs': ['loses every tenth job'],
  'is healthy': ['healthy is a word'],
  'retries until an attempt succeeds': ['counts attempts from 0'],
  'lists a job whose attempts are used up, with its last error': [
    'stores the first error',
    'shares payloads',
    'forgets exhausted jobs',
  ],
  'lists exhausted jobs oldest first, as copies': ['lists newest first', 'hands over its list'],
  'three attempts where nothing is said': ['two attempts by default'],
  'waits for the backoff, and lets other jobs run meanwhile': [
    'no backoff',
    'timers overflow',
    'blocks while backing off',
  ],
  'survives every way to fail': ['gives up on a TypeError'],
  'a jobId that waits is not taken twice': ['ids mean nothing'],
  'a jobId that is delayed or backing off is not taken twice': ['ids hold while waiting only'],
  'a jobId that runs is not taken twice': ['ids hold while waiting only'],
  'a jobId is taken again once its job is done': ['forgets done ids never'],
  'a jobId replaces its exhausted job': ['keeps the exhausted job'],
  'takes any jobId, apart for each queue': ['ids are global'],
  'close waits for what runs, starts nothing more, and refuses new jobs meanwhile': [
    'close does not wait',
    'close waits for waiting jobs',
  ],
  'close waits for no backoff and no delay': ['blocks while backing off'],
  'once closed every call rejects with UnavailableError': ['accepts when closed'],
}

for (const rule of queueRules) {
  t.test(`a correct queue keeps: ${rule.name}`, () => rule.run({ open: async () => createPlainQueue() }))
  t.ok(Object.hasOwn(faults, rule.name), `there is a fault for: ${rule.name}`)
}

// Many faults show only when something does not happen in time, so they are waited for side by side, and not for long.
t.test('finds faults', async (t) => {
  const before = patience.ms
  patience.ms = 1000
  t.teardown(() => {
    patience.ms = before
  })
  const all = Object.entries(faults).flatMap(([rule, found]) => found.map((fault) => ({ rule, fault })))
  await Promise.all(
    all.map(async ({ rule, fault }) => {
      await breaks(queueRules, rule, { open: async () => createPlainQueue(fault) })
      t.pass(`${rule}: finds '${fault}'`)
    }),
  )
})
