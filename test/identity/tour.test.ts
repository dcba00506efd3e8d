import t from 'tap'
import { appFolder } from '../harness/app-folder.js'
import { adminFrom, type Call, client, signIn } from '../harness/client.js'
import { type RunningServer, startServer } from '../harness/server.js'

const dir = appFolder(t)
const PASSWORD = 'correct horse battery'
const server: RunningServer = await startServer(t, dir)
const call: Call = client(server.url)
const seeded = adminFrom(server.output())
const admin = await signIn(call, seeded)

/** Provisions a user and returns his id and the token of the mailed link. */
async function provision(email: string, role = 'user') {
  const { status, body, text } = await call('POST', '/users', { email, role }, admin)
  if (status !== 201) throw new Error(`provision: ${status} ${text}`)
  return { id: body.id as string, token: await mailedToken(email) }
}

async function mailedToken(email: string): Promise<string> {
  const seen = new RegExp(`${email.replaceAll('.', '\\.')}[\\s\\S]*?#token=([A-Za-z0-9_-]{43})\\s`)
  return (await server.printed(seen))[1] ?? ''
}

async function member(email: string, role = 'user') {
  const { id, token } = await provision(email, role)
  const reset = await call('POST', '/auth/password/reset', { token, newPassword: PASSWORD })
  if (reset.status !== 200) throw new Error(`reset: ${reset.text}`)
  return { id, access: await signIn(call, { email, password: PASSWORD }) }
}

const refused = (code: string, status: number) => ({ status, body: { error: { code } } })

t.test('an admin provisions a user who sets his own password through the mailed link', async (t) => {
  const created = await call('POST', '/users', { email: ' Ann@Example.COM ', role: 'editor' }, admin)
  t.equal(created.status, 201)
  t.match(created.body, { email: 'ann@example.com', role: 'editor', emailVerified: false, disabled: false })
  t.notOk('passwordHash' in created.body || 'tokenVersion' in created.body || 'password' in created.body)

  const token = await mailedToken('ann@example.com')
  t.match(
    await call('POST', '/auth/login', { email: 'ann@example.com', password: PASSWORD }),
    refused('INVALID_CREDENTIALS', 401),
  )
  t.match(await call('POST', '/auth/password/reset', { token, newPassword: 'short' }), refused('WEAK_PASSWORD', 400))
  t.match(await call('POST', '/auth/password/reset', { token, newPassword: PASSWORD }), { status: 200 })
  t.match(
    await call('POST', '/auth/password/reset', { token, newPassword: PASSWORD }),
    refused('INVALID_LINK', 400),
    'used',
  )

  const access = await signIn(call, { email: 'ANN@example.com', password: PASSWORD })
  const me = await call('GET', '/auth/me', undefined, access)
  t.match(me, { status: 200, body: { email: 'ann@example.com', role: 'editor', emailVerified: true } })
  t.notMatch(server.output(), PASSWORD)
})

t.test('twenty parallel resets with one token: exactly one wins, and its password works', async (t) => {
  const { token } = await provision('race@example.com')
  const attempts = Array.from({ length: 20 }, (_, i) => `password number ${i}`)
  const answers = await Promise.all(
    attempts.map((newPassword) => call('POST', '/auth/password/reset', { token, newPassword })),
  )
  const won = answers.flatMap(({ status }, index) => (status === 200 ? [index] : []))
  t.equal(won.length, 1)
  for (const { status, body } of answers) if (status !== 200) t.equal(body.error.code, 'INVALID_LINK')
  t.ok(await signIn(call, { email: 'race@example.com', password: attempts[won[0] ?? 0] ?? '' }))
})

for (const [what, revoke] of [
  ['logout-all', async (_id: string, access: string) => call('POST', '/auth/logout-all', {}, access)],
  [
    'a password change',
    async (_id: string, access: string) =>
      call('POST', '/auth/password/change', { currentPassword: PASSWORD, newPassword: 'another good one' }, access),
  ],
  ['an admin disabling the user', async (id: string) => call('PATCH', `/users/${id}`, { disabled: true }, admin)],
  ['a change of role', async (id: string) => call('PATCH', `/users/${id}`, { role: 'editor' }, admin)],
  ['an admin revoking', async (id: string) => call('POST', `/users/${id}/revoke`, {}, admin)],
  ['an admin deleting the user', async (id: string) => call('DELETE', `/users/${id}`, undefined, admin)],
] as const) {
  t.test(`${what} kills the token on the very next request`, async (t) => {
    const { id, access } = await member(`${what.replaceAll(/\W/g, '-')}@example.com`)
    t.equal((await call('GET', '/auth/me', undefined, access)).status, 200)
    t.match(await revoke(id, access), { status: 200 })
    t.match(await call('GET', '/auth/me', undefined, access), refused('TOKEN_REVOKED', 401))
  })
}

t.test('a password change gives this client a fresh token', async (t) => {
  const { access } = await member('changer@example.com')
  const wrong = { currentPassword: 'not my password', newPassword: 'another good one' }
  t.match(await call('POST', '/auth/password/change', wrong, access), refused('INVALID_CREDENTIALS', 401))
  const right = { currentPassword: PASSWORD, newPassword: 'another good one' }
  const changed = await call('POST', '/auth/password/change', right, access)
  t.match(changed, { status: 200, body: { accessToken: String, expiresIn: 900 } })
  t.equal((await call('GET', '/auth/me', undefined, changed.body.accessToken)).status, 200)
  await server.printed(/changer@example\.com[\s\S]*?password at JSONExpress was changed/)
})

t.test('an invitation sent again kills the older link', async (t) => {
  const { id, token } = await provision('again@example.com')
  const before = server.output().length
  t.match(await call('POST', `/users/${id}/invite`, {}, admin), { status: 200 })
  t.match(await call('POST', '/auth/password/reset', { token, newPassword: PASSWORD }), refused('INVALID_LINK', 400))
  await server.printed(/again@example\.com[\s\S]*again@example\.com[\s\S]*?#token=[\w-]{43}\s/)
  const fresh = /#token=([\w-]{43})/.exec(server.output().slice(before))?.[1]
  t.match(await call('POST', '/auth/password/reset', { token: fresh, newPassword: PASSWORD }), { status: 200 })
})

t.test('generic writes of what only the flows may write are refused by name', async (t) => {
  const { id, access } = await member('closed@example.com')
  for (const field of ['password', 'passwordHash', 'tokenVersion', 'emailVerified', 'id']) {
    for (const value of ['x', null, '', 0, false]) {
      const create = await call('POST', '/users', { email: 'new@example.com', role: 'user', [field]: value }, admin)
      t.match(create, refused('FIELD_NOT_WRITABLE', 400), `create ${field}`)
      t.match(create.body.error.details, [{ field }])
      t.match(
        await call('PATCH', `/users/${id}`, { [field]: value }, admin),
        refused('FIELD_NOT_WRITABLE', 400),
        `update ${field}`,
      )
    }
  }
  t.match(await call('PATCH', `/users/${id}`, { role: 'admin' }, access), refused('FIELD_NOT_WRITABLE', 400))
  t.match(await call('PATCH', `/users/${id}`, { disabled: false }, access), refused('FIELD_NOT_WRITABLE', 400))
  t.equal((await call('GET', '/users?email=new@example.com', undefined, admin)).body.length, 0)
})

t.test('a user sees himself and nobody else', async (t) => {
  const { id, access } = await member('self@example.com')
  const { id: other } = await provision('other@example.com')
  t.match(await call('GET', `/users/${id}`, undefined, access), { status: 200, body: { email: 'self@example.com' } })
  t.match(await call('GET', `/users/${other}`, undefined, access), refused('NOT_FOUND', 404))
  t.match((await call('GET', '/users', undefined, access)).body, [{ id }])
  t.match(await call('POST', '/users', { email: 'x@example.com', role: 'admin' }, access), refused('FORBIDDEN', 403))
  t.match(await call('GET', '/users'), refused('MISSING_TOKEN', 401))
})

t.test('the last enabled admin stays', async (t) => {
  const { body } = await call('GET', '/auth/me', undefined, admin)
  for (const change of [{ disabled: true }, { role: 'user' }]) {
    t.match(await call('PATCH', `/users/${body.id}`, change, admin), refused('LAST_ADMIN', 409))
  }
  t.match(await call('DELETE', `/users/${body.id}`, undefined, admin), refused('LAST_ADMIN', 409))
  const { password } = seeded
  t.match(await call('DELETE', '/auth/me', { password }, admin), refused('LAST_ADMIN', 409))
  t.equal((await call('GET', '/auth/me', undefined, admin)).status, 200)
})

t.test('one account per address', async (t) => {
  await provision('twice@example.com')
  t.match(
    await call('POST', '/users', { email: 'TWICE@example.com', role: 'user' }, admin),
    refused('DUPLICATE_EMAIL', 409),
  )
  const many = await Promise.all(
    Array.from({ length: 30 }, () => call('POST', '/users', { email: 'once@example.com', role: 'user' }, admin)),
  )
  t.equal(many.filter(({ status }) => status === 201).length, 1)
  t.equal(many.filter(({ status }) => status === 409).length, 29)
})

t.test('unknown, wrong, disabled and passwordless accounts are answered alike', async (t) => {
  const { id } = await member('gone@example.com')
  await call('PATCH', `/users/${id}`, { disabled: true }, admin)
  await provision('passwordless@example.com')
  const answers = await Promise.all(
    [
      { email: 'nobody@example.com', password: PASSWORD },
      { email: 'admin@local', password: PASSWORD },
      { email: 'gone@example.com', password: PASSWORD },
      { email: 'passwordless@example.com', password: PASSWORD },
    ].map((credentials) => call('POST', '/auth/login', credentials)),
  )
  t.same(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size, 1)
  t.match(answers[0], refused('INVALID_CREDENTIALS', 401))
})

t.test('no secret and no token is in what the server printed, but for the mails and the seeded admin', async (t) => {
  const log = server
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .join('\n')
  t.ok(log.includes('login.succeeded'))
  t.notMatch(log, /#token=|eyJ|argon2|passwordHash|correct horse/)
  t.notMatch(server.output(), /argon2id|eyJ/)
})

t.test('a restart ends the sessions that a memory store held, and keeps the accounts', async (t) => {
  const { access } = await member('stays@example.com')
  t.equal(await server.stop('SIGINT'), 0)
  const again = await startServer(t, dir)
  const anew = client(again.url)
  t.match(await anew('GET', '/auth/me', undefined, access), refused('TOKEN_REVOKED', 401))
  t.ok(await signIn(anew, { email: 'stays@example.com', password: PASSWORD }))
  t.notMatch(again.output(), /password:/, 'the admin is printed once')
})
