import { createHash } from 'node:crypto'
import type { IKvStore } from '@json-express/core'
import { createMemoryKvStore } from '@json-express/kv-memory'
import t, { type Test } from 'tap'
import { createLinks } from '../src/links.js'

const LINK = {
  ...{ purpose: 'password' as const, userId: 'ann', tokenVersion: 3, address: 'ann@example.com', intentId: '0190-2' },
}
const PURPOSES = ['password'] as const

/** Links over the real store, and what was stored through it. */
function createStore(t: Test) {
  const kv = createMemoryKvStore()
  t.teardown(() => kv.close())
  const stored: unknown[][] = []
  const recording: IKvStore = {
    ...kv,
    set(...args) {
      stored.push(args)
      return kv.set(...args)
    },
  }
  return { stored, kv, links: createLinks(recording) }
}

t.test('a link is found by its token until it is consumed', async (t) => {
  const { links } = createStore(t)
  const token = await links.mint(LINK, 1000)
  t.match(token, /^[A-Za-z0-9_-]{43}$/)
  t.strictSame(await links.find(token, PURPOSES), LINK)
  t.strictSame(await links.find(token, PURPOSES), LINK, 'looking changes nothing')
  await links.consume(token)
  t.equal(await links.find(token, PURPOSES), null)
})

t.test('the store never sees a token, and forgets it in time', async (t) => {
  const { links, stored } = createStore(t)
  const token = await links.mint(LINK, 1234)
  t.notOk(JSON.stringify(stored).includes(token))
  const hash = createHash('sha256').update(token).digest('base64url')
  t.strictSame(stored, [[`identity:link:${hash}`, LINK, { ttlMs: 1234 }]])
  const real = Date.now
  const ahead = (ms: number) => t.intercept(Date, 'now', { value: () => real() + ms })
  const late = ahead(1300)
  t.equal(await links.find(token, PURPOSES), null, 'expired')
  late.restore()
})

t.test('no two tokens are alike', async (t) => {
  const { links } = createStore(t)
  const tokens = await Promise.all(Array.from({ length: 100 }, () => links.mint(LINK, 1000)))
  t.equal(new Set(tokens).size, 100)
})

t.test('what is no token finds nothing', async (t) => {
  const { links } = createStore(t)
  const token = await links.mint(LINK, 1000)
  const odd = ['', ' ', 'null', 'undefined', '0', '__proto__', `${token}A`, token.slice(1), ` ${token}`, `${token}\n`]
  for (const text of odd) t.equal(await links.find(text, PURPOSES), null, JSON.stringify(text))
})

t.test('a fresh mail kills the links of older ones, and only those, and only of this user', async (t) => {
  const { links } = createStore(t)
  const mint = (userId: string, intentId: string) => links.mint({ ...LINK, userId, intentId }, 1000)
  const [older, retried, newer, other] = [
    await mint('ann', '0190-1'),
    await mint('ann', '0190-2'),
    await mint('ann', '0190-3'),
    await mint('bob', '0190-1'),
  ]
  const verify = await links.mint({ ...LINK, purpose: 'verify', intentId: '0190-1' }, 1000)
  const supersede = (intentId: string) => links.supersede({ userId: 'ann', purpose: 'password', intentId }, 1000)
  await supersede('0190-2')
  await supersede('0190-1') // arrives late, and takes nothing back
  t.not(await links.find(verify, ['verify']), null, 'another purpose')
  t.equal(await links.find(older, PURPOSES), null)
  for (const token of [retried, newer, other]) t.not(await links.find(token, PURPOSES), null)
})

t.test('a link is good for nothing but its purpose', async (t) => {
  const { links } = createStore(t)
  for (const purpose of ['password', 'verify', 'email'] as const) {
    const token = await links.mint({ ...LINK, purpose }, 1000)
    for (const asked of ['password', 'verify', 'email'] as const) {
      t.equal((await links.find(token, [asked]))?.purpose, asked === purpose ? purpose : undefined)
    }
  }
})

t.test('a store that fails is a failure, not an unknown link', async (t) => {
  const { links, kv } = createStore(t)
  const token = await links.mint(LINK, 1000)
  await kv.close()
  await t.rejects(links.find(token, PURPOSES), { name: 'UnavailableError' })
  await t.rejects(links.mint(LINK, 1000), { name: 'UnavailableError' })
})
