import { randomBytes } from 'node:crypto'
import t from 'tap'
import { createRefreshTokens } from '../src/refresh-token.js'

const local = (secret: string, previousSecrets: string[] = []) => ({
  ...{ secret, previousSecrets, algorithm: 'HS256' as const, algorithms: ['HS256' as const] },
})
const [old, fresh] = ['o'.repeat(40), 'f'.repeat(40)]
const session = () => ({ id: randomBytes(16).toString('base64url'), salt: randomBytes(16).toString('base64url') })

t.test('one token for each generation of a session, the same every time', async (t) => {
  const tokens = createRefreshTokens(local(fresh))
  const [one, other] = [session(), session()]
  t.match(tokens.issue(one, 0), /^[\w-]{70}$/)
  t.equal(tokens.issue(one, 0), tokens.issue(one, 0))
  const all = [one, other].flatMap((seed) => [0, 1, 2].map((generation) => tokens.issue(seed, generation)))
  t.equal(new Set(all).size, 6)
  t.match(tokens.parse(tokens.issue(one, 7)), { sessionId: one.id, generation: 7 })
})

t.test('genuine is what was made with the secret or a previous one, for this session', async (t) => {
  const seed = session()
  const before = createRefreshTokens(local(old)).issue(seed, 3)
  const genuine = (keys: ReturnType<typeof local>, text = before, of = seed) => {
    const tokens = createRefreshTokens(keys)
    const parsed = tokens.parse(text)
    return parsed !== null && tokens.isGenuine(parsed, of)
  }
  t.ok(genuine(local(old)))
  t.ok(genuine(local(fresh, [old])), 'rotation logs nobody out')
  t.notOk(genuine(local(fresh)), 'until the old secret is gone')
  t.notOk(genuine(local(old), before, { ...seed, salt: session().salt }), 'the store has a say')
  t.notOk(genuine(local(old), before, { ...seed, id: session().id }))
})

t.test('no bit of it may change', async (t) => {
  const tokens = createRefreshTokens(local(fresh))
  const seed = session()
  const bytes = Buffer.from(tokens.issue(seed, 1), 'base64url')
  for (let bit = 16 * 8; bit < bytes.length * 8; bit++) {
    const changed = Buffer.from(bytes)
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    const parsed = tokens.parse(changed.toString('base64url'))
    if (parsed === null || tokens.isGenuine(parsed, seed)) t.fail(`bit ${bit}`)
  }
  t.ok(tokens.parse(bytes.toString('base64url')))
})

t.test('what has another form is no refresh token', async (t) => {
  const tokens = createRefreshTokens(local(fresh))
  const good = tokens.issue(session(), 0)
  for (const text of [
    ...['', ' ', 'null', good.slice(1), `${good}A`, `${good}=`, ` ${good}`, `${good}\n`, good.replace(/.$/, '+')],
    good.slice(0, -1) + String.fromCharCode(good.charCodeAt(69) + 1), // the same bytes, spelt another way
    'x'.repeat(100_000),
  ]) {
    t.equal(tokens.parse(text), null, text.slice(0, 80))
  }
})
