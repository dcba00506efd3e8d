import t from 'tap'
import { appFolder } from '../harness/app-folder.js'
import { adminFrom, client } from '../harness/client.js'
import { startServer } from '../harness/server.js'
import { PASSWORD } from './people.js'
import { postgresAndRedis } from './postgres-and-redis.js'
import { at, outcome } from './races.js'
import { stage } from './stage.js'

t.test('two instances on one PostgreSQL and one Redis are one server', async (t) => {
  const theStage = await stage(t, { servers: 2, ground: await postgresAndRedis(t), sessions: true })
  const { provision, mailed, member, admin } = theStage
  const [one, other] = [at(theStage.calls, 0), at(theStage.calls, 1)]
  const login = (call: typeof one, email: string, password = PASSWORD) =>
    call('POST', '/auth/login', { email, password })
  const me = (call: typeof one, token: string) => call('GET', '/auth/me', undefined, token)

  await t.test('a session that ends on one is dead on the other at the next request', async (t) => {
    const { id, email } = await member('ann@example.com')
    const by = await admin.access()
    const ends: [string, (pair: { accessToken: string; refreshToken: string }) => Promise<{ status: number }>][] = [
      ['logout', ({ refreshToken }) => one('POST', '/auth/logout', { refreshToken })],
      ['logout-all', ({ accessToken }) => one('POST', '/auth/logout-all', {}, accessToken)],
      ['revoke', () => one('POST', `/users/${id}/revoke`, {}, by)],
      ['a change of role', () => one('PATCH', `/users/${id}`, { role: 'editor' }, by)],
      ['disabled', () => one('PATCH', `/users/${id}`, { disabled: true }, by)],
    ]
    for (const [what, end] of ends) {
      const pair = (await login(other, email)).body
      t.equal((await me(other, pair.accessToken)).status, 200)
      t.equal((await end(pair)).status, 200, what)
      t.equal(outcome(await me(other, pair.accessToken)), '401 TOKEN_REVOKED')
      const refresh = await other('POST', '/auth/refresh', { refreshToken: pair.refreshToken })
      t.equal(refresh.status, 401)
    }
  })

  await t.test('fifty refreshes with one token, across both: one successor, the session lives', async (t) => {
    await member('ben@example.com')
    const pair = (await login(one, 'ben@example.com')).body
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        at(theStage.calls, i)('POST', '/auth/refresh', { refreshToken: pair.refreshToken }),
      ),
    )
    t.strictSame([...new Set(answers.map(outcome))], ['200'])
    t.equal(new Set(answers.map(({ body }) => body.refreshToken)).size, 1)
    t.equal((await me(other, answers[0]?.body.accessToken)).status, 200)
  })

  await t.test('a token two generations old, shown to the other one: the session is over on both', async (t) => {
    await member('cleo@example.com')
    const first = (await login(one, 'cleo@example.com')).body
    const second = (await other('POST', '/auth/refresh', { refreshToken: first.refreshToken })).body
    const third = (await one('POST', '/auth/refresh', { refreshToken: second.refreshToken })).body
    t.equal(outcome(await other('POST', '/auth/refresh', { refreshToken: first.refreshToken })), '401 TOKEN_REVOKED')
    t.equal(outcome(await me(one, third.accessToken)), '401 TOKEN_REVOKED')
  })

  await t.test('twenty resets with one token, across both: exactly one counts, and its password works', async (t) => {
    const { token } = await provision('dora@example.com')
    const wanted = Array.from({ length: 20 }, (_, i) => `password number ${i}`)
    const answers = await Promise.all(
      wanted.map((newPassword, i) => at(theStage.calls, i)('POST', '/auth/password/reset', { token, newPassword })),
    )
    t.strictSame(answers.map(outcome).sort(), ['200', ...Array(19).fill('400 INVALID_LINK')])
    const won = answers.findIndex(({ status }) => status === 200)
    t.equal((await login(other, 'dora@example.com', wanted[won])).status, 200)
  })

  await t.test('a hundred registrations with one address, across both: one account', async (t) => {
    const account = { email: 'gil@example.com', password: PASSWORD }
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) => at(theStage.calls, i)('POST', '/auth/register', account)),
    )
    t.strictSame(answers.map(outcome).sort(), ['201', ...Array(99).fill('409 DUPLICATE_EMAIL')])
    t.equal((await me(other, answers.find(({ status }) => status === 201)?.body.accessToken)).status, 200)
  })

  await t.test('twenty uses of a link that proves an address, old or new, across both: one counts', async (t) => {
    const use = (token: string) =>
      Promise.all(Array.from({ length: 20 }, (_, i) => at(theStage.calls, i)('POST', '/auth/verify', { token })))
    const once = ['200', ...Array(19).fill('400 INVALID_LINK')]
    const account = { email: 'hal@example.com', password: PASSWORD }
    const { accessToken } = (await one('POST', '/auth/register', account)).body
    t.strictSame((await use(await mailed(account.email, 1))).map(outcome).sort(), once)
    const change = { newEmail: 'hal-new@example.com', password: PASSWORD }
    t.equal((await one('POST', '/auth/email/change', change, accessToken)).status, 202)
    t.strictSame((await use(await mailed(change.newEmail, 1))).map(outcome).sort(), once)
    t.equal(outcome(await login(other, account.email)), '401 INVALID_CREDENTIALS')
    t.equal(outcome(await login(other, change.newEmail)), '200')
  })

  await t.test('a link that one had mailed works on the other', async (t) => {
    const { email } = await member('eve@example.com')
    t.equal((await one('POST', '/auth/password/forgot', { email })).status, 202)
    const reset = { token: await mailed(email, 2), newPassword: 'quite another one' }
    t.equal((await other('POST', '/auth/password/reset', reset)).status, 200)
    t.equal((await login(one, email, 'quite another one')).status, 200)
  })

  await t.test('guesses on both are counted together: five in all, then locked on both', async (t) => {
    const { email } = await member('fred@example.com')
    const guesses = await Promise.all(
      Array.from({ length: 20 }, (_, i) => login(at(theStage.calls, i), email, `guess number ${i}`)),
    )
    const outcomes = guesses.map(outcome)
    t.equal(outcomes.filter((one) => one === '401 INVALID_CREDENTIALS').length, 5)
    t.equal(outcomes.filter((one) => one === '423 ACCOUNT_LOCKED').length, 15)
    for (const call of theStage.calls) t.equal(outcome(await login(call, email)), '423 ACCOUNT_LOCKED')
  })
})

t.test('limits are shared by the instances', async (t) => {
  const ground = await postgresAndRedis(t)
  const { calls } = await stage(t, { servers: 2, ground, env: { JEX__RATELIMIT__ENABLED: 'true' } })
  const forgot = (i: number) => at(calls, i)('POST', '/auth/password/forgot', { email: `nobody-${i}@example.com` })
  const outcomes: string[] = []
  for (let i = 0; i < 102; i++) outcomes.push(outcome(await forgot(i)))
  t.strictSame(outcomes, [...Array(100).fill('202'), '429 RATE_LIMITED', '429 RATE_LIMITED'])
})

t.test('ten instances boot on an empty database at once: one schema, one admin', async (t) => {
  const ground = (await postgresAndRedis(t))('', () => [])
  const dir = appFolder(t, { dependencies: ground.dependencies })
  const servers = await Promise.all(Array.from({ length: 10 }, () => startServer(t, dir, { env: ground.env ?? {} })))
  const framed = servers.map(({ output }) => output()).filter((output) => output.includes('password:'))
  t.equal(framed.length, 1, 'one of them made the admin and shows him')
  t.equal(await ground.enabledAdmins(), 1)
  for (const { url } of servers) {
    const answer = await client(url)('POST', '/auth/login', adminFrom(framed.join()))
    t.equal(answer.status, 200)
  }
  for (const { output } of servers) t.notMatch(output(), /"level":(50|60)/)
  t.strictSame(await Promise.all(servers.map(({ stop }) => stop())), Array(10).fill(0))
})
