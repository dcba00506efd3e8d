import t from 'tap'
import { house } from './house.js'
import { outcome } from './races.js'

const { call, post, me, login, refresh, register, events, admin } = await house(t)

t.test('fifty refreshes at once with one token: one successor for all, and the session lives', async (t) => {
  const ann = await register('fifty@example.com')
  const answers = await Promise.all(Array.from({ length: 50 }, () => refresh(ann.refreshToken)))
  t.strictSame([...new Set(answers.map(outcome))], ['200'])
  t.equal(new Set(answers.map(({ body }) => body.refreshToken)).size, 1)
  t.equal(outcome(await me(answers[0]?.body.accessToken)), '200')
  t.equal(outcome(await refresh(answers[0]?.body.refreshToken)), '200')
  t.strictSame(Object.keys(answers[0]?.body).sort(), ['accessToken', 'expiresIn', 'refreshToken', 'user'])
})

t.test('a lost answer and a retry: nobody is logged out', async (t) => {
  const { refreshToken } = await register('lost@example.com')
  const lost = await refresh(refreshToken)
  const retried = await refresh(refreshToken)
  t.equal(retried.body.refreshToken, lost.body.refreshToken)
  t.equal(outcome(await me(retried.body.accessToken)), '200')
  t.equal(outcome(await refresh(retried.body.refreshToken)), '200')
})

t.test('a token two generations old: the session is dead on the next request, an event says why', async (t) => {
  const { id, refreshToken } = await register('stolen@example.com')
  const second = (await refresh(refreshToken)).body
  const third = (await refresh(second.refreshToken)).body
  t.equal(outcome(await refresh(refreshToken)), '401 TOKEN_REVOKED')
  t.equal(outcome(await me(third.accessToken)), '401 TOKEN_REVOKED')
  t.equal(outcome(await refresh(third.refreshToken)), '401 INVALID_TOKEN')
  const [event] = events('session.reused').filter(({ userId }) => userId === id)
  t.match(event, { level: 40, sessionId: /^[\w-]{22}$/, client: '127.0.0.1', reason: /used a second time/ })
})

t.test('what is no refresh token is refused alike', async (t) => {
  const { accessToken, refreshToken } = await register('rubbish@example.com')
  const bodies = new Set<string>()
  for (const text of [
    '',
    'x',
    accessToken,
    `${refreshToken}x`,
    refreshToken.replace(/.{4}$/, 'AAAA'),
    'A'.repeat(70),
  ]) {
    const answer = await refresh(text)
    t.equal(outcome(answer), '401 INVALID_TOKEN', text.slice(0, 20))
    t.equal(answer.headers.get('www-authenticate'), 'Bearer')
    bodies.add(answer.text)
  }
  t.equal(bodies.size, 1)
  for (const body of [{}, { refreshToken: null }, { refreshToken: [refreshToken] }, { refreshToken, more: 1 }]) {
    t.equal(outcome(await post('/auth/refresh', body)), '400 VALIDATION_FAILED')
  }
  t.equal(outcome(await refresh(refreshToken)), '200', 'and it has lost nothing by all this')
})

t.test('logging out ends this session at once, whatever is sent later', async (t) => {
  const ann = await register('out@example.com')
  const elsewhere = (await login('out@example.com')).body
  t.equal(outcome(await post('/auth/logout', { refreshToken: ann.refreshToken })), '200')
  t.equal(outcome(await me(ann.accessToken)), '401 TOKEN_REVOKED')
  t.equal(outcome(await refresh(ann.refreshToken)), '401 INVALID_TOKEN')
  t.equal(outcome(await me(elsewhere.accessToken)), '200')
  for (const refreshToken of [ann.refreshToken, 'nonsense', '']) {
    t.strictSame((await post('/auth/logout', { refreshToken })).text, '{}')
  }
})

t.test('the list of sessions: own ones, with the current one marked; ending one ends it', async (t) => {
  const ann = await register('list@example.com')
  const other = (await login('list@example.com')).body
  const bob = await register('bob-list@example.com')
  const list = async (token: string) => call('GET', '/auth/sessions', undefined, token)
  const { body: sessions } = await list(ann.accessToken)
  t.equal(sessions.length, 2)
  t.match(sessions, [
    { current: true, client: { address: '127.0.0.1', userAgent: 'node' }, createdAt: String, lastUsedAt: String },
    { current: false },
  ])
  t.strictSame(Object.keys(sessions[0]).sort(), ['client', 'createdAt', 'current', 'id', 'lastUsedAt'])
  const end = (id: string, token: string) => call('DELETE', `/auth/sessions/${id}`, undefined, token)
  const [, second] = sessions
  t.equal(outcome(await end(second.id, bob.accessToken)), '404 NOT_FOUND', 'of somebody else')
  t.equal(outcome(await end('unknown', ann.accessToken)), '404 NOT_FOUND')
  t.equal(outcome(await end(second.id, ann.accessToken)), '200')
  t.equal(outcome(await me(other.accessToken)), '401 TOKEN_REVOKED')
  t.equal(outcome(await refresh(other.refreshToken)), '401 INVALID_TOKEN')
  t.equal(outcome(await end(second.id, ann.accessToken)), '404 NOT_FOUND')
  t.equal((await list(ann.accessToken)).body.length, 1)
  t.equal(outcome(await list('')), '401 MISSING_TOKEN')
})

t.test('every way to revoke ends every session, refresh tokens included', async (t) => {
  const boss = await admin()
  const ways: [string, (id: string, token: string) => Promise<unknown>][] = [
    ['logout-all', (_id, token) => post('/auth/logout-all', {}, token)],
    ['revoke', (id) => post(`/users/${id}/revoke`, {}, boss.accessToken)],
    ['role', (id) => call('PATCH', `/users/${id}`, { role: 'editor' }, boss.accessToken)],
    ['disable', (id) => call('PATCH', `/users/${id}`, { disabled: true }, boss.accessToken)],
    ['delete', (id) => call('DELETE', `/users/${id}`, undefined, boss.accessToken)],
    ['delete me', (_id, token) => call('DELETE', '/auth/me', { password: 'correct horse battery' }, token)],
  ]
  for (const [name, revoke] of ways) {
    const email = `${name.replace(' ', '-')}@example.com`
    const ann = await register(email)
    const other = (await login(email)).body
    const { status } = (await revoke(ann.id, ann.accessToken)) as { status: number }
    t.equal(status, 200, name)
    for (const pair of [ann, other]) {
      t.equal(outcome(await me(pair.accessToken)), '401 TOKEN_REVOKED', name)
      t.equal(outcome(await refresh(pair.refreshToken)), '401 INVALID_TOKEN', name)
    }
  }
})

t.test('a changed password: this client goes on, every other session is over', async (t) => {
  const ann = await register('change@example.com')
  const other = (await login('change@example.com')).body
  const passwords = { currentPassword: 'correct horse battery', newPassword: 'another good password' }
  t.equal(
    outcome(await post('/auth/password/change', { ...passwords, currentPassword: 'no' }, ann.accessToken)),
    '401 INVALID_CREDENTIALS',
  )
  const changed = await post('/auth/password/change', passwords, ann.accessToken)
  t.equal(outcome(changed), '200')
  for (const pair of [ann, other]) {
    t.equal(outcome(await me(pair.accessToken)), '401 TOKEN_REVOKED')
    t.equal(outcome(await refresh(pair.refreshToken)), '401 INVALID_TOKEN')
  }
  t.equal(outcome(await me(changed.body.accessToken)), '200')
  t.equal(outcome(await refresh(changed.body.refreshToken)), '200')
  t.equal(outcome(await login('change@example.com')), '401 INVALID_CREDENTIALS')
})

t.test('deleting an account takes the password, and leaves nothing to sign in to', async (t) => {
  const ann = await register('leaver@example.com')
  const leave = (body: unknown) => call('DELETE', '/auth/me', body, ann.accessToken)
  t.equal(outcome(await leave({})), '400 VALIDATION_FAILED')
  t.equal(outcome(await leave({ password: 'wrong' })), '401 INVALID_CREDENTIALS')
  t.equal(outcome(await leave({ password: 'correct horse battery' })), '200')
  t.equal(outcome(await login('leaver@example.com')), '401 INVALID_CREDENTIALS')
  const again = await register('leaver@example.com')
  t.not(again.id, ann.id, 'an id is never used again')
  t.equal(outcome(await me(ann.accessToken)), '401 TOKEN_REVOKED')
  const { accessToken, user } = (await admin()) as never as { accessToken: string; user: unknown }
  t.ok(user)
  const boss = await call('DELETE', '/auth/me', { password: 'not it' }, accessToken)
  t.equal(outcome(boss), '401 INVALID_CREDENTIALS')
})
