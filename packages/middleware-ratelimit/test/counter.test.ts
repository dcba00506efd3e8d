import { type IKvStore, UnavailableError } from '@json-express/core'
import { createMemoryKvStore } from '@json-express/kv-memory'
import t from 'tap'
import { DAY, from, limitedApp, route, stoppedClock } from './limited-app.js'

const MINUTE = { max: 2, windowMs: 60_000 }

/** A store whose writes, or whose everything, can be made to fail. */
function moodyStore() {
  const kv = createMemoryKvStore()
  const mood = { writes: true, reads: true }
  const store: IKvStore = {
    ...kv,
    increment: async (...args) => {
      if (!mood.writes) throw new UnavailableError('down')
      return kv.increment(...args)
    },
    get: async (key) => {
      if (!mood.reads) throw new UnavailableError('down')
      return kv.get(key)
    },
    delete: async (key) => {
      if (!mood.writes) throw new UnavailableError('down')
      return kv.delete(key)
    },
  }
  return { store, mood }
}

const told = (lines: Record<string, unknown>[]) =>
  lines.filter(({ msg }) => /rate limits/.test(String(msg))).map(({ level, msg }) => `${level} ${msg}`)

const ALONE = '40 the key-value store fails: rate limits are counted in each process alone'
const SHARED = '30 rate limits are shared again'

t.test('two hundred at once: exactly as many as allowed', async (t) => {
  const { limiter } = await limitedApp(t)
  const limit = { max: 50, windowMs: DAY }
  const states = await Promise.all(Array.from({ length: 200 }, () => limiter.consume('k', limit)))
  t.equal(states.filter(({ allowed }) => allowed).length, 50)
  t.strictSame(
    states.map(({ count }) => count).sort((a, b) => a - b),
    Array.from({ length: 200 }, (_, i) => i + 1),
    'nobody is counted twice',
  )
})

t.test('uses are counted, given back, looked at and forgotten', async (t) => {
  const { limiter } = await limitedApp(t)
  const limit = { max: 2, windowMs: DAY }
  for (const [cost, count, allowed] of [
    [1, 1, true],
    [1, 2, true],
    [1, 3, false],
    [-1, 2, true],
    [5, 7, false],
    [-5, 2, true],
  ] as const) {
    t.match(await limiter.consume('k', limit, cost), { count, allowed })
  }
  t.match(await limiter.peek('k', limit), { count: 2, allowed: false })
  t.match(await limiter.peek('another', limit), { count: 0, allowed: true })
  await limiter.reset('k', limit)
  t.match(await limiter.consume('k', limit), { count: 1 })
})

t.test('windows turn at multiples of their length', async (t) => {
  const clock = stoppedClock(t)
  const { limiter } = await limitedApp(t)
  clock.pass(10_000)
  for (let i = 0; i < 3; i++) t.equal((await limiter.consume('k', MINUTE)).resetMs, 50_000)
  clock.pass(49_999)
  t.match(await limiter.consume('k', MINUTE), { count: 4, allowed: false, resetMs: 1 })
  clock.pass(1)
  t.match(await limiter.peek('k', MINUTE), { count: 0, allowed: true, resetMs: 60_000 })
  t.match(await limiter.consume('k', MINUTE), { count: 1, allowed: true, resetMs: 60_000 })
})

t.test('a key may be counted by the minute and by the hour', async (t) => {
  const clock = stoppedClock(t)
  const { limiter } = await limitedApp(t)
  const hour = { max: 5, windowMs: 3_600_000 }
  for (const count of [1, 2]) {
    t.match(await limiter.consume('k', MINUTE), { count })
    t.match(await limiter.consume('k', hour), { count })
  }
  clock.pass(60_000)
  t.match(await limiter.consume('k', MINUTE), { count: 1 })
  t.match(await limiter.consume('k', hour), { count: 3 })
})

t.test('what is given back too late makes no room in the next window', async (t) => {
  const clock = stoppedClock(t)
  const { store, mood } = moodyStore()
  const { limiter } = await limitedApp(t, { kv: store })
  for (const writes of [true, false]) {
    mood.writes = writes
    const costs = Array.from({ length: 20 }, () => 1)
    await Promise.all(costs.map((cost) => limiter.consume('k', MINUTE, cost)))
    clock.pass(60_000)
    await Promise.all(costs.map((cost) => limiter.consume('k', MINUTE, -cost)))
    const states = await Promise.all(costs.map((cost) => limiter.consume('k', MINUTE, cost)))
    t.equal(states.filter(({ allowed }) => allowed).length, MINUTE.max, writes ? 'shared' : 'alone')
    clock.pass(60_000)
  }
})

t.test('a store that fails: each process counts alone, and says so once', async (t) => {
  const clock = stoppedClock(t)
  const { store, mood } = moodyStore()
  const { app, lines } = await limitedApp(t, { kv: store })
  route(app, '/login', 'login')
  mood.writes = mood.reads = false
  const statuses = []
  for (let i = 0; i < 4; i++) statuses.push((await from(app, '198.51.100.1')).statusCode)
  t.strictSame(statuses, [200, 200, 200, 429], 'neither open nor closed')
  t.strictSame(told(lines), [ALONE])
  mood.writes = mood.reads = true
  clock.pass(1000)
  t.equal((await from(app, '198.51.100.1')).statusCode, 200, 'shared a second later')
  clock.pass(10_000)
  t.equal((await from(app, '198.51.100.1')).statusCode, 200)
  t.strictSame(told(lines), [ALONE, SHARED])
})

t.test('a store that has just failed is not asked, so that its time-out is not waited for twice', async (t) => {
  const clock = stoppedClock(t)
  let asked = 0
  const down = async () => {
    asked++
    throw new UnavailableError('down')
  }
  const kv: IKvStore = { ...createMemoryKvStore(), increment: down, get: down, delete: down as IKvStore['delete'] }
  const { limiter } = await limitedApp(t, { kv })
  for (const second of [1, 2, 3]) {
    await limiter.consume('k', MINUTE)
    await limiter.peek('k', MINUTE)
    await limiter.reset('k', MINUTE)
    t.equal(asked, second)
    clock.pass(1000)
  }
})

t.test('a store that fails every other time is one outage', async (t) => {
  const clock = stoppedClock(t)
  const { store, mood } = moodyStore()
  const { limiter, lines } = await limitedApp(t, { kv: store })
  for (let i = 0; i < 100; i++) {
    mood.writes = i % 2 === 1
    await limiter.consume('k', MINUTE)
    clock.pass(1000)
  }
  t.strictSame(told(lines), [ALONE])
})

t.test('a store that can only be read: what is counted alone is seen, and the outage is no end of lines', async (t) => {
  const clock = stoppedClock(t)
  const { store, mood } = moodyStore()
  const { limiter, lines } = await limitedApp(t, { kv: store })
  const limit = { max: 3, windowMs: DAY }
  await limiter.consume('k', limit)
  mood.writes = false
  for (const count of [1, 2, 3]) {
    await limiter.consume('k', limit)
    t.match(await limiter.peek('k', limit), { count, allowed: count < 3 })
    clock.pass(11_000)
  }
  t.strictSame(told(lines), [ALONE])
  await limiter.reset('another', limit)
  mood.writes = true
  await limiter.reset('k', limit)
  t.match(await limiter.peek('k', limit), { count: 0 })
})

t.test('a store that hangs is one that fails', async (t) => {
  const hanging: IKvStore = { ...createMemoryKvStore(), increment: () => new Promise<never>(() => undefined) }
  const { app, lines } = await limitedApp(t, { kv: hanging })
  route(app, '/login', 'login')
  const answers = await Promise.all(Array.from({ length: 5 }, () => from(app, '198.51.100.1')))
  t.strictSame(answers.map(({ statusCode }) => statusCode).sort(), [200, 200, 200, 429, 429])
  t.strictSame(told(lines), [ALONE])
})
