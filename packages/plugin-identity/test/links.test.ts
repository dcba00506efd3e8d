import { createHash } from 'node:crypto'
import type { IKvStore } from '@json-express/core'
import { createMemoryKvStore } from '@json-express/kv-memory'
import t, { type Test } from 'tap'
import { createLinks } from '../src/links.js'

const LINK = { userId: 'ann', tokenVersion: 3, intentId: '0190-2' }

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
  t.strictSame(await links.find(token), LINK)
  t.strictSame(await links.find(token), LINK, 'looking changes nothing')
  await links.consume(token)
  t.equal(await links.find(token), null)
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
  t.equal(await links.find(token), null, 'expired')
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
  for (const text of odd) t.equal(await links.find(text), null, JSON.stringify(text))
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
  await links.supersede('ann', '0190-2', 1000)
  t.equal(await links.find(older), null)
  for (const token of [retried, newer, other]) t.not(await links.find(token), null)
})

t.test('a store that fails is a failure, not an unknown link', async (t) => {
  const { links, kv } = createStore(t)
  const token = await links.mint(LINK, 1000)
  await kv.close()
  await t.rejects(links.find(token), { name: 'UnavailableError' })
  await t.rejects(links.mint(LINK, 1000), { name: 'UnavailableError' })
})
