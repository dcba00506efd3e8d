import type { IKvStore, KvValue } from '@json-express/core'
import t from 'tap'
import { createLinks } from '../src/links.js'

const LINK = { userId: 'ann', tokenVersion: 3, intentId: '0190-2' }

/** The three operations that links need, and what they were called with. */
function plainStore() {
  const entries = new Map<string, { value: KvValue; ttlMs: number | undefined }>()
  const store: Pick<IKvStore, 'get' | 'set' | 'delete'> = {
    get: async <T extends KvValue>(key: string) => structuredClone((entries.get(key)?.value ?? null) as T | null),
    set: async (key, value, { ttlMs } = {}) => void entries.set(key, { value, ttlMs }),
    delete: async (key) => entries.delete(key),
  }
  return { entries, links: createLinks(store as IKvStore) }
}

t.test('a link is found by its token until it is consumed', async (t) => {
  const { links } = plainStore()
  const token = await links.mint(LINK, 1000)
  t.match(token, /^[A-Za-z0-9_-]{43}$/)
  t.strictSame(await links.find(token), LINK)
  t.strictSame(await links.find(token), LINK, 'looking changes nothing')
  await links.consume(token)
  t.equal(await links.find(token), null)
})

t.test('the store never sees a token, and forgets it in time', async (t) => {
  const { links, entries } = plainStore()
  const token = await links.mint(LINK, 1234)
  t.notOk(JSON.stringify([...entries]).includes(token))
  t.strictSame([...entries.values()], [{ value: LINK, ttlMs: 1234 }])
})

t.test('no two tokens are alike', async (t) => {
  const { links } = plainStore()
  const tokens = await Promise.all(Array.from({ length: 100 }, () => links.mint(LINK, 1000)))
  t.equal(new Set(tokens).size, 100)
})

t.test('what is no token finds nothing', async (t) => {
  const { links } = plainStore()
  const token = await links.mint(LINK, 1000)
  const odd = ['', ' ', 'null', 'undefined', '0', '__proto__', `${token}A`, token.slice(1), ` ${token}`, `${token}\n`]
  for (const text of odd) t.equal(await links.find(text), null, JSON.stringify(text))
})

t.test('a fresh mail kills the links of older ones, and only those, and only of this user', async (t) => {
  const { links } = plainStore()
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
