import t from 'tap'
import { quickApp } from '../harness/quick-app.js'
import { house, PASSWORD } from './house.js'
import { outcome } from './races.js'

t.test('open: an account, a session and a mail that proves the address', async (t) => {
  const { post, call, register, mailed, events, admin } = await house(
    t,
    {},
    {
      'models/users.ts': `import { defineModel, types } from '@json-express/core'
export default defineModel({
  name: 'users',
  fields: {
    nickname: types.string({ maxLength: 20, access: { create: 'public', update: 'owner' } }),
    credit: types.number({ default: 0 }),
  },
})`,
    },
  )
  const answer = await post('/auth/register', { email: ' Ann@Example.COM ', password: PASSWORD, nickname: 'Ann' })
  t.equal(outcome(answer), '201')
  t.match(answer.body, {
    user: { email: 'ann@example.com', role: 'user', emailVerified: false, nickname: 'Ann', credit: 0 },
    expiresIn: 900,
    accessToken: /^ey/,
    refreshToken: /^[\w-]{70}$/,
  })
  t.notOk('passwordHash' in answer.body.user || 'tokenVersion' in answer.body.user)
  t.equal(answer.headers.get('cache-control'), 'no-store')
  t.equal(events('user.registered').length, 1)

  const token = await mailed('ann@example.com')
  t.equal(
    outcome(await post('/auth/password/reset', { token, newPassword: PASSWORD })),
    '400 INVALID_LINK',
    'another purpose',
  )
  t.equal(outcome(await post('/auth/verify', { token })), '200')
  t.equal(outcome(await post('/auth/verify', { token })), '400 INVALID_LINK', 'used')
  t.match((await call('GET', '/auth/me', undefined, answer.body.accessToken)).body, { emailVerified: true })

  t.test('refused, with the reason', async (t) => {
    for (const [changes, code] of [
      [{ email: 'ANN@example.com' }, '409 DUPLICATE_EMAIL'],
      [{ email: 'nobody' }, '400 INVALID_EMAIL'],
      [{ email: 'root@local' }, '400 INVALID_EMAIL'],
      [{ email: ['a@example.com'] }, '400 VALIDATION_FAILED'],
      [{ password: 'short' }, '400 WEAK_PASSWORD'],
      [{ password: null }, '400 VALIDATION_FAILED'],
      [{ nickname: 'x'.repeat(21) }, '400 VALIDATION_FAILED'],
      [{ unknown: 1 }, '400 VALIDATION_FAILED'],
      ...['role', 'credit', 'emailVerified', 'disabled', 'passwordHash', 'tokenVersion', 'id', 'createdAt'].flatMap(
        (field) =>
          [null, '', 0, false, 'admin'].map((value) => [{ [field]: value }, '400 FIELD_NOT_WRITABLE'] as const),
      ),
    ] as const) {
      const refused = await post('/auth/register', { email: 'new@example.com', password: PASSWORD, ...changes })
      t.equal(outcome(refused), code, JSON.stringify(changes))
    }
  })

  t.test('a hundred at once with one address: one account', async (t) => {
    const spellings = ['race@example.com', 'RACE@example.com', ' race@EXAMPLE.com']
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) => post('/auth/register', { email: spellings[i % 3], password: PASSWORD })),
    )
    t.strictSame([...new Set(answers.map(outcome))].sort(), ['201', '409 DUPLICATE_EMAIL'])
    t.equal(answers.filter(({ status }) => status === 201).length, 1)
    const boss = await admin()
    const found = await call('GET', '/users?email=race@example.com', undefined, boss.accessToken)
    t.equal(found.body.length, 1)
  })

  t.test('twenty verifications at once with one link: one succeeds', async (t) => {
    await register('twenty@example.com')
    const link = await mailed('twenty@example.com')
    const answers = await Promise.all(Array.from({ length: 20 }, () => post('/auth/verify', { token: link })))
    t.strictSame(answers.map(outcome).sort(), ['200', ...Array(19).fill('400 INVALID_LINK')])
  })
})

t.test('closed: nobody makes an account, and the answer is the same for known addresses', async (t) => {
  const { post } = await house(t, { JEX__AUTH__ALLOW_REGISTRATION: 'false' })
  const answers = await Promise.all(
    ['admin@local', 'new@example.com'].map((email) => post('/auth/register', { email, password: PASSWORD })),
  )
  t.strictSame(answers.map(outcome), ['403 REGISTRATION_DISABLED', '403 REGISTRATION_DISABLED'])
  t.equal(answers[0]?.text, answers[1]?.text)
})

t.test('verified only: no tokens, one answer for everybody, and no login before the mail', async (t) => {
  const { post, login, mailed, server, admin, call } = await house(t, { JEX__AUTH__REQUIRE_VERIFIED_EMAIL: 'true' })
  const register = (email: string, password = PASSWORD) => post('/auth/register', { email, password })
  const first = await register('ann@example.com')
  const again = await register('ann@example.com', 'some other password')
  t.strictSame([first.status, first.text], [202, '{}'])
  t.strictSame([again.status, again.text], [first.status, first.text])
  t.strictSame([...first.headers.keys()].sort(), [...again.headers.keys()].sort())

  t.equal(outcome(await login('ann@example.com')), '403 EMAIL_NOT_VERIFIED')
  t.equal(outcome(await login('ann@example.com', 'some other password')), '401 INVALID_CREDENTIALS')
  const token = await mailed('ann@example.com')
  await server.printed(/to: +ann@example\.com[\s\S]*to: +ann@example\.com/i) // the owner hears of the second try
  t.equal(outcome(await post('/auth/verify', { token })), '200')
  t.equal(outcome(await login('ann@example.com')), '200')

  t.test('an account made by a stranger belongs to the owner of the mailbox once he resets it', async (t) => {
    await register('victim@example.com', 'known to the attacker')
    await mailed('victim@example.com')
    t.equal(outcome(await post('/auth/password/forgot', { email: 'victim@example.com' })), '202')
    const reset = await mailed('victim@example.com')
    t.equal(outcome(await post('/auth/password/reset', { token: reset, newPassword: PASSWORD })), '200')
    t.equal(outcome(await login('victim@example.com', 'known to the attacker')), '401 INVALID_CREDENTIALS')
    t.equal(outcome(await login('victim@example.com')), '200')
  })

  t.test('resend and forgot answer alike for known, unknown, disabled and passwordless accounts', async (t) => {
    const boss = await admin()
    const made = async (email: string) => (await call('POST', '/users', { email, role: 'user' }, boss.accessToken)).body
    await made('passwordless@example.com')
    const { id } = await made('disabled@example.com')
    await call('PATCH', `/users/${id}`, { disabled: true }, boss.accessToken)
    const emails = ['ann@example.com', 'nobody@example.com', 'passwordless@example.com', 'disabled@example.com']
    for (const path of ['/auth/password/forgot', '/auth/verify/resend']) {
      const answers = await Promise.all(emails.map((email) => post(path, { email })))
      const whole = answers.map(({ status, text, headers }) =>
        JSON.stringify([status, text, [...headers.keys()].sort()]),
      )
      t.equal(new Set(whole).size, 1, path)
      t.equal(answers[0]?.status, 202)
      t.equal(outcome(await post(path, { email: 'a@b@c, d@e.com' })), '400 INVALID_EMAIL')
      for (const email of [['ann@example.com'], null, { a: 1 }, '']) {
        t.equal(outcome(await post(path, { email })), '400 VALIDATION_FAILED')
      }
    }
  })
})

t.test('verified only: what is refused for the fields of the app tells nothing about the address', async (t) => {
  const users = `import { defineModel, types } from '@json-express/core'
export default defineModel({
  name: 'users',
  fields: {
    nickname: types.string({ maxLength: 20, unique: true, access: { create: 'public' } }),
    colour: types.string({ access: { create: 'public' } }),
  },
  hooks: {
    beforeCreate(user) {
      if (user.colour === 'beige') throw Object.assign(new Error('not beige'), { statusCode: 400, code: 'NO_BEIGE' })
    },
  },
})`
  const env = { JEX__AUTH__REQUIRE_VERIFIED_EMAIL: 'true' }
  const { app, post } = await quickApp(t, env, { files: { 'models/users.ts': users } })
  const collection = app.collections.get('users')
  const known = 'known@example.com'
  await collection.create({ email: known, password: PASSWORD, nickname: 'Ann' })
  await collection.create({ email: 'ben@example.com', password: PASSWORD, nickname: 'Ben' })
  for (const [fields, status] of [
    [{ nickname: 123 }, 400],
    [{ nickname: 'x'.repeat(21) }, 400],
    [{ nickname: 'Ben' }, 409],
    [{ nickname: 'Ann' }, 409],
    [{ colour: 'beige' }, 400],
    [{ role: 'admin' }, 400],
    [{ nickname: 'Cleo', colour: 'blue' }, 202],
  ] as const) {
    const register = (email: string) => post('/auth/register', { email, password: PASSWORD, ...fields })
    // first the known address: an account that is made would take the nickname
    const answers = [await register(known), await register(`${crypto.randomUUID()}@example.com`)]
    t.strictSame(
      answers.map((answer) => answer.status),
      [status, status],
      JSON.stringify(fields),
    )
    t.strictSame(answers[0]?.body, answers[1]?.body)
  }
  t.equal(await collection.count({ where: { nickname: 'Cleo' } }), 1, 'nothing is left of what was taken back')
  t.equal(await collection.count(), 4)
})
