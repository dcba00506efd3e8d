import t from 'tap'
import { PASSWORD, quickApp } from '../harness/quick-app.js'

const { app, call, post, mails, mailTo, login } = await quickApp(t)
const users = app.collections.get('users')
const owed = (userId: unknown) => app.collections.get('auth_mails').find({ where: { userId: String(userId) } })
await users.create({ email: 'boss@example.com', role: 'admin', emailVerified: true, password: PASSWORD })
const { accessToken: admin } = (await login('boss@example.com')).body

const change = (id: string, changes: object) => call('PATCH', `/users/${id}`, changes, admin)
const accept = (token: string) => post('/auth/password/reset', { token, newPassword: PASSWORD })

t.test('who is made disabled is invited when he is enabled, not before', async (t) => {
  const email = 'later@example.com'
  const { status, body } = await post('/users', { email, disabled: true }, admin)
  t.equal(status, 201)
  t.strictSame(await owed(body.id), [], 'nothing is owed to somebody who is locked out')
  t.equal((await change(body.id, { role: 'editor' })).status, 200)
  t.strictSame(await owed(body.id), [])
  t.equal((await change(body.id, { disabled: false })).status, 200)
  t.equal((await accept((await mailTo(email)).token)).status, 200)
  t.equal((await login(email)).status, 200)

  for (const disabled of [true, false, false]) t.equal((await change(body.id, { disabled })).status, 200)
  t.strictSame(await owed(body.id), [], 'he has a password')
})

t.test('an invitation that still waits is not sent a second time', async (t) => {
  const { send } = app.email
  app.email.send = () => Promise.reject(new Error('the mail server is down'))
  const { body } = await post('/users', { email: 'twice@example.com' }, admin)
  for (const disabled of [true, false, false]) t.equal((await change(body.id, { disabled })).status, 200)
  t.match(await owed(body.id), [{ kind: 'invite' }])
  app.email.send = send
})

t.test('a login name is enabled without a mail', async (t) => {
  const { id } = await users.create({ email: 'ops@local', disabled: true })
  t.equal((await change(String(id), { disabled: false })).status, 200)
  t.strictSame(await owed(id), [])
})

t.test('a disabled user is not invited, and the admin is told', async (t) => {
  const { body } = await post('/users', { email: 'off@example.com', disabled: true }, admin)
  const refused = await post(`/users/${body.id}/invite`, {}, admin)
  t.match(refused, { status: 409, body: { error: { code: 'USER_DISABLED' } } })
  t.strictSame(await owed(body.id), [])
  // others may still be mailed what they are owed
  t.strictSame(
    mails.filter(({ to }) => to === 'off@example.com'),
    [],
  )
  t.equal((await change(body.id, { disabled: false })).status, 200)
  const first = (await mailTo('off@example.com')).token
  t.equal((await post(`/users/${body.id}/invite`, {}, admin)).status, 200)
  const second = (await mailTo('off@example.com')).token
  t.equal((await accept(first)).status, 400, 'superseded')
  t.equal((await accept(second)).status, 200)
})
