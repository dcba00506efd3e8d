import { type Row, sessionKey } from '@json-express/core'
import t from 'tap'
import { PASSWORD, quickApp } from '../harness/quick-app.js'
import { outcome } from './races.js'

/** What was begun before a revocation, and would come to its end after it. */

const NEW_PASSWORD = `${PASSWORD} again`

t.test('a change of address whose mail had to wait is off, whatever ended the sessions meanwhile', async (t) => {
  const { app, post, call, register, login, mailTo } = await quickApp(t)
  await app.collections.get('users').create({ email: 'root@example.com', password: PASSWORD, role: 'admin' })
  const admin = (await login('root@example.com')).body.accessToken
  const intents = app.collections.get('auth_mails')
  const { send } = app.email
  let tries = 0
  // a mailbox that takes its mails when it likes
  app.email.send = async (message) => {
    if (!message.to.startsWith('thief') || tries++ % 2 === 1) return send(message)
    throw new Error('451 try again later')
  }
  /** The mail that was refused goes out now, as it would at the next sweep. */
  const sendAgain = async () => {
    const waiting = await intents.findOne({ kind: 'email-change' })
    await app.queue.enqueue('auth-mails', 'send', { intentId: waiting?.id ?? '' })
    while ((await intents.findOne({ kind: 'email-change' })) !== null) await turn()
  }
  const revocations: Record<string, (email: string, pair: { accessToken: string; user: Row }) => Promise<unknown>> = {
    nothing: async () => undefined,
    'logout-all': (_, { accessToken }) => post('/auth/logout-all', {}, accessToken),
    change: (_, { accessToken }) =>
      post('/auth/password/change', { currentPassword: PASSWORD, newPassword: NEW_PASSWORD }, accessToken),
    reset: async (email) => {
      await post('/auth/password/forgot', { email })
      const { token } = await mailTo(email)
      return post('/auth/password/reset', { token, newPassword: NEW_PASSWORD })
    },
    revoke: (_, { user }) => post(`/users/${user.id}/revoke`, {}, admin),
    demote: (_, { user }) => call('PATCH', `/users/${user.id}`, { role: 'guest' }, admin),
  }
  for (const [name, revoke] of Object.entries(revocations)) {
    const email = `${name}@example.com`
    const newEmail = `thief-${name}@example.com`
    const pair = (await register(email)).body
    await mailTo(email) // to verify it
    t.equal((await post('/auth/email/change', { newEmail, password: PASSWORD }, pair.accessToken)).status, 202)
    await mailTo(email) // the notice
    while ((await intents.findOne({ kind: 'email-change' }))?.attempts !== 1) await turn()
    await revoke(email, pair)
    await sendAgain()
    if (name === 'nothing') {
      const { token } = await mailTo(newEmail)
      t.equal(outcome(await post('/auth/verify', { token })), '200', 'with nothing in between the address changes')
    } else {
      t.equal(tries % 2, 1, `${name}: no mail`)
      tries++
    }
  }
})

t.test('a newer change of address calls the older one off for good', async (t) => {
  const { app, post, register, mailTo } = await quickApp(t)
  const { send } = app.email
  app.email.send = async (message) => {
    if (message.to === 'mistyped@example.com') throw new Error('451 try again later')
    return send(message)
  }
  const { accessToken } = (await register('ann@example.com')).body
  await post('/auth/email/change', { newEmail: 'mistyped@example.com', password: PASSWORD }, accessToken)
  await post('/auth/email/change', { newEmail: 'right@example.com', password: PASSWORD }, accessToken)
  const { token } = await mailTo('right@example.com')
  t.equal(outcome(await post('/auth/verify', { token })), '200')
  t.strictSame(await app.collections.get('auth_mails').find({ where: { address: 'mistyped@example.com' } }), [])
})

t.test('a sign-in that a revocation overtakes leaves no session behind', async (t) => {
  const { app, call, post, login } = await quickApp(t)
  const users = app.collections.get('users')
  await users.create({ email: 'root@example.com', password: PASSWORD, role: 'admin' })
  const admin = (await login('root@example.com')).body.accessToken
  const revocations = {
    revoke: (id: string) => post(`/users/${id}/revoke`, {}, admin),
    disable: (id: string) => call('PATCH', `/users/${id}`, { disabled: true }, admin),
    delete: (id: string) => call('DELETE', `/users/${id}`, undefined, admin),
  }
  const { set } = app.kv
  for (const [name, revoke] of Object.entries(revocations)) {
    const email = `${name}@example.com`
    const id = String((await users.create({ email, password: PASSWORD })).id)
    const records: string[] = []
    app.kv.set = async (...args) => {
      const [key] = args
      if (!key.startsWith(sessionKey(''))) return set(...args)
      records.push(key)
      t.equal(outcome(await revoke(id)), '200')
      return set(...args)
    }
    const answer = await login(email)
    app.kv.set = set
    t.equal(outcome(answer), '401 INVALID_CREDENTIALS', name)
    t.equal(records.length, 1)
    t.strictSame(await Promise.all(records.map((key) => app.kv.get(key))), [null], `${name}: no record`)
    t.equal(await app.kv.get(`identity:sessions:${id}`), null, `${name}: no list`)
  }
})

t.test('an account that was revoked after the password was confirmed is not deleted', async (t) => {
  const { app, call, post, register, me } = await quickApp(t)
  const { accessToken, user } = (await register('ann@example.com')).body
  const remove = app.db.transaction.bind(app.db)
  app.db.transaction = async (work) => {
    app.db.transaction = remove
    await post('/auth/logout-all', {}, accessToken)
    return remove(work)
  }
  const answer = await call('DELETE', '/auth/me', { password: PASSWORD }, accessToken)
  t.equal(outcome(answer), '401 INVALID_CREDENTIALS')
  t.not(await app.collections.get('users').get(user.id), null)
  t.equal((await me(accessToken)).status, 401)
})

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
