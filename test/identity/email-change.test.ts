import t from 'tap'
import { house, PASSWORD } from './house.js'
import { outcome } from './races.js'

const { post, me, login, refresh, register, mailed, server } = await house(t)
const ask = (token: string, newEmail: string, password = PASSWORD) =>
  post('/auth/email/change', { newEmail, password }, token)

t.test('an address changes when the new one is proved, and the old one hears of it', async (t) => {
  const ann = await register('old@example.com')
  await mailed('old@example.com')
  t.equal(outcome(await ask(ann.accessToken, 'New@Example.com', 'wrong')), '401 INVALID_CREDENTIALS')
  t.equal(outcome(await ask(ann.accessToken, 'New@Example.com')), '202')
  t.match((await me(ann.accessToken)).body, { email: 'old@example.com' }, 'nothing has changed yet')
  const token = await mailed('new@example.com')
  t.equal(outcome(await post('/auth/verify', { token })), '200')
  t.equal(outcome(await me(ann.accessToken)), '401 TOKEN_REVOKED', 'a change of address ends all sessions')
  t.equal(outcome(await refresh(ann.refreshToken)), '401 INVALID_TOKEN')
  t.equal(outcome(await login('old@example.com')), '401 INVALID_CREDENTIALS')
  const again = await login('new@example.com')
  t.match(again.body.user, { id: ann.id, email: 'new@example.com', emailVerified: true })
  t.equal(outcome(await post('/auth/verify', { token })), '400 INVALID_LINK', 'used')
  const told = () => server.output().match(/to: +old@example\.com/gi)?.length ?? 0
  while (told() < 3) await server.printed(new RegExp(`(?:to: +old@example\\.com[\\s\\S]*){${told() + 1}}`, 'i'))
  t.equal(told(), 3, 'verification, request, change')
})

t.test('twenty confirmations at once: one counts', async (t) => {
  const ann = await register('many@example.com')
  await ask(ann.accessToken, 'many-new@example.com')
  const token = await mailed('many-new@example.com')
  const answers = await Promise.all(Array.from({ length: 20 }, () => post('/auth/verify', { token })))
  t.strictSame(answers.map(outcome).sort(), ['200', ...Array(19).fill('400 INVALID_LINK')])
  t.equal(outcome(await login('many-new@example.com')), '200')
})

t.test('an address that has an account: the same answer, no link, and nobody is moved', async (t) => {
  const ann = await register('mover@example.com')
  await register('taken@example.com')
  const free = await ask(ann.accessToken, 'free@example.com')
  const taken = await ask(ann.accessToken, 'taken@example.com')
  t.strictSame([taken.status, taken.text], [free.status, free.text])
  // somebody else takes the free one before the link is followed
  const link = await mailed('free@example.com')
  await register('free@example.com')
  t.equal(outcome(await post('/auth/verify', { token: link })), '400 INVALID_LINK')
  t.match((await me(ann.accessToken)).body, { email: 'mover@example.com' })
})

t.test('a newer request, a revocation or another purpose kills the link', async (t) => {
  const ann = await register('twice@example.com')
  await ask(ann.accessToken, 'first@example.com')
  const first = await mailed('first@example.com')
  await ask(ann.accessToken, 'second@example.com')
  const second = await mailed('second@example.com')
  t.equal(outcome(await post('/auth/verify', { token: first })), '400 INVALID_LINK', 'superseded')
  t.equal(outcome(await post('/auth/password/reset', { token: second, newPassword: PASSWORD })), '400 INVALID_LINK')
  await post('/auth/logout-all', {}, ann.accessToken)
  t.equal(outcome(await post('/auth/verify', { token: second })), '400 INVALID_LINK', 'revoked')
})

t.test('refused, with the reason', async (t) => {
  const ann = await register('refused@example.com')
  for (const [newEmail, code] of [
    ['nobody', '400 INVALID_EMAIL'],
    ['root@local', '400 INVALID_EMAIL'],
    ['a@example.com, b@example.com', '400 INVALID_EMAIL'],
    [['a@example.com'], '400 VALIDATION_FAILED'],
    ['', '400 VALIDATION_FAILED'],
  ] as const) {
    t.equal(outcome(await ask(ann.accessToken, newEmail as string)), code, JSON.stringify(newEmail))
  }
  t.equal(outcome(await ask('', 'x@example.com')), '401 MISSING_TOKEN')
})
