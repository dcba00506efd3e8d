import type { IKvStore, RateLimiter } from '@json-express/core'
import { createMemoryKvStore } from '@json-express/kv-memory'
import t, { type Test } from 'tap'
import { createThrottle } from '../src/throttle.js'

const LOCKOUT = { maxFailures: 5, window: 900_000, duration: 900_000 }
const ann = { account: 'ann@example.com', network: '198.51.100.1' }
const wrong = async () => null

function make(t: Test, kv: IKvStore = createMemoryKvStore()) {
  t.teardown(() => kv.close())
  const counts = new Map<string, number>()
  // counting is the limiter's promise, with tests of its own; here it only has to say how often it was asked
  const rateLimiter: RateLimiter = {
    limitOf: () => null,
    networkOf: () => ann.network,
    async consume(key, { max }, cost = 1) {
      const count = (counts.get(key) ?? 0) + cost
      counts.set(key, count)
      return { allowed: count <= max, count, resetMs: 1000 }
    },
    async peek(key, { max }) {
      const count = counts.get(key) ?? 0
      return { allowed: count < max, count, resetMs: 1000 }
    },
    reset: async (key) => void counts.delete(key),
  }
  const options = { kv, rateLimiter, lockout: LOCKOUT, networkFailures: null }
  return { kv, counts, throttle: createThrottle(options), another: () => createThrottle(options) }
}

t.test('guesses that outlive the count of what is under way make no room for more', async (t) => {
  const kv = createMemoryKvStore()
  const { throttle, another } = make(t, kv)
  const slow: (() => void)[] = []
  const hanging = Array.from({ length: 4 }, () =>
    throttle.attempt(ann, () => new Promise<null>((resolve) => slow.push(() => resolve(null)))),
  )
  while (slow.length < 4) await new Promise((resolve) => setImmediate(resolve))
  const { now } = Date
  Date.now = () => now() + 31_000 // the count of them has expired
  t.teardown(() => {
    Date.now = now
  })
  for (const answer of slow) answer()
  await Promise.all(hanging)
  let tried = 0
  const counted = async () => {
    tried++
    return null
  }
  const more = await Promise.allSettled(Array.from({ length: 9 }, () => another().attempt(ann, counted)))
  t.equal(tried, 1, 'four of five were used up')
  t.equal(more.filter(({ status }) => status === 'rejected').length, 8)
})

t.test('what ends in an error of ours is not held against anybody', async (t) => {
  const { throttle, counts } = make(t)
  for (let i = 0; i < 10; i++) {
    await t.rejects(
      throttle.attempt(ann, () => Promise.reject(new Error('the database is down'))),
      /the database is down/,
    )
  }
  t.match(await throttle.attempt(ann, wrong), { found: null, locked: false })
  t.strictSame([...counts.values()], [1], 'one wrong guess is counted against the account')
})

t.test('the last guess of a network says so, and the next is refused before any work', async (t) => {
  const { throttle } = make(t)
  for (let i = 0; i < 4; i++) t.match(await throttle.attempt(ann, wrong), { locked: false })
  t.match(await throttle.attempt(ann, wrong), { locked: true })
  await t.rejects(
    throttle.attempt(ann, () => {
      throw new Error('work was done')
    }),
    { code: 'ACCOUNT_LOCKED' },
  )
  t.match(await throttle.attempt({ ...ann, network: '198.51.100.2' }, async () => 'ann'), { found: 'ann' })
  await throttle.forgive(ann)
  t.match(await throttle.attempt(ann, async () => 'ann'), { found: 'ann' }, 'a reset lifts it')
})

t.test('a crowd that guesses at one account is turned away', async (t) => {
  const { throttle } = make(t)
  const slow: (() => void)[] = []
  const check = () => new Promise<string>((resolve) => slow.push(() => resolve('ann')))
  const crowd = Array.from({ length: 206 }, () => throttle.attempt(ann, check))
  const outcomes = Promise.allSettled(crowd)
  let over = false
  void outcomes.then(() => {
    over = true
  })
  while (!over) {
    for (const answer of slow.splice(0)) answer()
    await new Promise((resolve) => setImmediate(resolve))
  }
  const refused = (await outcomes).filter((one) => one.status === 'rejected')
  t.strictSame(
    refused.map((one) => one.reason.code),
    ['UNAVAILABLE'],
    'five under way and 200 waiting',
  )
})
