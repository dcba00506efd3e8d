import { setTimeout as pause } from 'node:timers/promises'
import type { IQueueAdapter, JsonValue } from '@json-express/core'
import t, { type Test } from 'tap'
import { startRedis } from '../../../test/harness/servers/redis-server.js'
import { startProxy } from '../../../test/harness/servers/tcp-proxy.js'
import { createBullQueue } from '../src/bull-queue.js'
import { connectRedis } from '../src/redis-clients.js'

const UNAVAILABLE = { name: 'UnavailableError' }

async function queueAt(t: Test, url: string, log: string[] = []): Promise<IQueueAdapter> {
  const note = (...words: unknown[]) => void log.push(words.map((word) => JSON.stringify(word)).join(' '))
  const queue = createBullQueue({
    clients: await connectRedis({ url, log: { info: note, warn: note } }),
    lockDurationMs: 1000,
    stalledIntervalMs: 500,
  })
  t.teardown(() => queue.close())
  return queue
}

async function until(done: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await done())) await pause(20)
}

t.test('Redis is killed while jobs wait and run: none is lost, and work goes on by itself', async (t) => {
  const redis = await startRedis(t)
  const log: string[] = []
  const queue = await queueAt(t, redis.url, log)
  const done = new Set<JsonValue>()
  const work = async ({ payload }: { payload: JsonValue }) => {
    await pause(30)
    done.add(payload)
  }
  await queue.registerWorker('mail', work, { concurrency: 4 })
  for (let number = 0; number < 60; number++) await queue.enqueue('mail', 'send', number)
  for (let outage = 0; outage < 2; outage++) {
    await pause(100)
    await redis.end('SIGKILL')
    await t.rejects(queue.enqueue('mail', 'send', 'not taken'), UNAVAILABLE)
    await t.rejects(queue.health(), UNAVAILABLE)
    await t.rejects(queue.exhausted('mail'), UNAVAILABLE)
    await redis.start()
    await until(() =>
      queue.health().then(
        () => true,
        () => false,
      ),
    )
  }
  await queue.enqueue('mail', 'send', 'last')
  await until(() => done.size >= 61)
  t.equal(done.has('not taken'), false)
  t.strictSame(await queue.exhausted('mail'), [])
  t.equal(log.filter((line) => line.includes('lost Redis')).length, 2, 'told once each time')
  t.equal(log.filter((line) => line.includes('Redis back')).length, 2)
})

t.test('Redis is stopped: no call hangs, and it goes on', async (t) => {
  const redis = await startRedis(t)
  const queue = await queueAt(t, redis.url)
  const seen: JsonValue[] = []
  await queue.registerWorker('mail', async ({ payload }) => void seen.push(payload))
  await queue.enqueue('mail', 'send', 'before')
  redis.pause()
  const calls = [queue.enqueue('mail', 'send', 'x', { jobId: 'x' }), queue.health(), queue.exhausted('mail')]
  for (const result of await Promise.allSettled(calls)) t.match(result, { status: 'rejected', reason: UNAVAILABLE })
  redis.resume()
  await until(() =>
    queue.health().then(
      () => true,
      () => false,
    ),
  )
  await queue.enqueue('mail', 'send', 'x', { jobId: 'x' })
  await until(() => seen.includes('x'))
})

t.test('Redis takes nothing more, or has forgotten all', async (t) => {
  const redis = await startRedis(t)
  const queue = await queueAt(t, redis.url)
  const seen: JsonValue[] = []
  await queue.registerWorker('mail', async ({ payload }) => void seen.push(payload))
  await queue.enqueue('mail', 'send', 'before')
  await redis.command('config', 'set', 'maxmemory', '1')
  await t.rejects(queue.enqueue('mail', 'send', 'full'), UNAVAILABLE)
  await redis.command('config', 'set', 'maxmemory', '0')
  await queue.enqueue('mail', 'send', 'room again')
  await until(() => seen.includes('room again'))
  await redis.command('flushall')
  await queue.enqueue('mail', 'send', 'after all')
  await until(() => seen.includes('after all'))
  t.equal(seen.includes('full'), false)
})

t.test('the answer to an enqueue is lost: the retry makes no second job', async (t) => {
  const redis = await startRedis(t)
  const proxy = await startProxy(t, redis.port)
  const queue = await queueAt(t, `redis://127.0.0.1:${proxy.port}`)
  await queue.enqueue('mail', 'send', 'first') // the queue is open
  const lost = proxy.loseAnswerTo(/the one that is lost/)
  const enqueue = () => queue.enqueue('mail', 'send', 'the one that is lost', { jobId: 'one' })
  await t.rejects(enqueue(), UNAVAILABLE)
  await lost
  await until(() =>
    enqueue().then(
      () => true,
      () => false,
    ),
  )
  const seen: JsonValue[] = []
  await queue.registerWorker('mail', async ({ payload }) => void seen.push(payload))
  await queue.enqueue('mail', 'send', 'last')
  await until(() => seen.includes('last'))
  t.strictSame(seen, ['first', 'the one that is lost', 'last'])
})

t.test('two adapters replace the same exhausted job, again and again: one job each time', async (t) => {
  const redis = await startRedis(t)
  const queues = [await queueAt(t, redis.url), await queueAt(t, redis.url)]
  const [first] = queues
  if (first === undefined) return
  let fail = true
  let runs = 0
  await first.registerWorker('mail', async () => {
    runs++
    if (fail) throw new Error('down')
    await pause(50) // as long as it runs the others find it there
  })
  for (let round = 0; round < 20; round++) {
    fail = true
    await first.enqueue('mail', 'send', round, { jobId: 'one', attempts: 1 })
    await until(async () => (await first.exhausted('mail')).length === 1)
    fail = false
    runs = 0
    const many = Array.from({ length: 20 }, (_, i) => queues[i % 2]?.enqueue('mail', 'send', round, { jobId: 'one' }))
    t.equal(new Set(await Promise.all(many)).size, 1)
    t.strictSame(await first.exhausted('mail'), [])
    await until(() => runs > 0)
    await pause(80)
    t.equal(runs, 1, `round ${round}`)
  }
})

t.test('closing does not hang when Redis is gone or stopped, and waits for what runs', async (t) => {
  for (const how of ['gone', 'stopped'] as const) {
    const redis = await startRedis(t)
    const queue = await queueAt(t, redis.url)
    let ended = false
    let began = () => {}
    const running = new Promise<void>((resolve) => {
      began = resolve
    })
    await queue.registerWorker('mail', async () => {
      began()
      await pause(300)
      ended = true
    })
    await queue.enqueue('mail', 'send', null)
    await running
    if (how === 'gone') await redis.end('SIGKILL')
    else redis.pause()
    await queue.close()
    t.ok(ended, how)
    await queue.close()
  }
})
