import t from 'tap'
import { PASSWORD, quickApp, timeMachine } from '../harness/quick-app.js'
import { outcome } from './races.js'

const HOUR = 3_600_000
const VERIFIED_ONLY = { JEX__AUTH__REQUIRE_VERIFIED_EMAIL: 'true' }

/** Waits until no mail is owed any more. */
async function sent({ app, mails }: Awaited<ReturnType<typeof quickApp>>, to: string): Promise<number> {
  while ((await app.collections.get('auth_mails').count()) > 0) await new Promise((resolve) => setImmediate(resolve))
  return mails.filter((mail) => mail.to === to).length
}

t.test('three mails an hour, then one in ten minutes, and the answer is always the same', async (t) => {
  const pass = timeMachine(t)
  pass(HOUR - (Date.now() % HOUR)) // windows begin at full hours: not in the middle of the test
  const app = await quickApp(t)
  await app.register('ann@example.com')
  const before = await sent(app, 'ann@example.com')
  const answers = await Promise.all(
    Array.from({ length: 6 }, () => app.post('/auth/password/forgot', { email: 'ann@example.com' })),
  )
  t.strictSame(
    answers.map(({ status, body }) => [status, body]),
    answers.map(() => [202, {}]),
  )
  t.equal((await sent(app, 'ann@example.com')) - before, 4)
  pass(10 * 60_000)
  await app.post('/auth/password/forgot', { email: 'ann@example.com' })
  t.equal((await sent(app, 'ann@example.com')) - before, 5)
})

t.test('nothing else that strangers ask for keeps a reset from arriving', async (t) => {
  const app = await quickApp(t, VERIFIED_ONLY)
  const { post, register, login, mailTo } = app
  const email = 'victim@example.com'
  await app.app.collections.get('users').create({ email, password: PASSWORD, emailVerified: true })
  await register('stranger@example.com')
  await post('/auth/verify', { token: (await mailTo('stranger@example.com')).token })
  const { accessToken } = (await login('stranger@example.com')).body
  for (let i = 0; i < 8; i++) {
    t.equal((await post('/auth/verify/resend', { email })).status, 202)
    t.equal((await register(email)).status, 202)
    t.equal((await post('/auth/email/change', { newEmail: email, password: PASSWORD }, accessToken)).status, 202)
  }
  await sent(app, email)
  app.mails.length = 0
  t.equal((await post('/auth/password/forgot', { email })).status, 202)
  t.match(await mailTo(email), { token: /^[\w-]{43}$/ })
})

t.test('an account made again and again: its address gets only so many mails', async (t) => {
  const { register, call, mails, app } = await quickApp(t)
  const outcomes: string[] = []
  for (let i = 0; i < 7; i++) {
    const answer = await register('churn@example.com')
    outcomes.push(outcome(answer))
    if (answer.status === 201) await call('DELETE', '/auth/me', { password: PASSWORD }, answer.body.accessToken)
  }
  t.strictSame(outcomes, [...Array(5).fill('201'), '429 RATE_LIMITED', '429 RATE_LIMITED'])
  while ((await app.collections.get('auth_mails').count()) > 0) await new Promise((resolve) => setImmediate(resolve))
  t.ok(mails.length <= 5)
})

t.test('a hundred registrations at once with one address: one link, and few mails beside it', async (t) => {
  const app = await quickApp(t, VERIFIED_ONLY)
  const answers = await Promise.all(Array.from({ length: 100 }, () => app.register('crowd@example.com')))
  t.strictSame(
    answers.map(({ status, body }) => [status, body]),
    answers.map(() => [202, {}]),
  )
  t.ok((await sent(app, 'crowd@example.com')) <= 5)
  t.equal(app.mails.filter(({ text }) => text.includes('#token=')).length, 1)
})

t.test('a change to the address one has mails nobody', async (t) => {
  const app = await quickApp(t)
  const { accessToken } = (await app.register('same@example.com')).body
  const before = await sent(app, 'same@example.com')
  const change = { newEmail: ' SAME@example.com', password: PASSWORD }
  t.equal((await app.post('/auth/email/change', change, accessToken)).status, 202)
  t.equal(await sent(app, 'same@example.com'), before)
})
