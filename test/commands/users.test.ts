import t from 'tap'
import { appFolder } from '../harness/app-folder.js'
import { adminFrom, client, signIn } from '../harness/client.js'
import { startServer } from '../harness/server.js'
import { member, PASSWORD } from '../identity/people.js'
import { rowsOf, runCommand } from './run-command.js'

const UUID = /^[0-9a-f-]{36}$/

/** The events among the lines of stderr, and whom they are about. */
function eventsOf(stderr: string): [event: unknown, userId: unknown][] {
  const lines = stderr.split('\n').filter((line) => line.startsWith('{'))
  return lines
    .map((line) => JSON.parse(line))
    .flatMap(({ event, userId }) => (event === undefined ? [] : [[event, userId]]))
}

t.test('beside a running server', async (t) => {
  const dir = appFolder(t)
  const server = await startServer(t, dir)
  const call = client(server.url)
  const admin = adminFrom(server.output())
  const adminToken = await signIn(call, admin)
  const users = (...args: string[]) => runCommand(t, dir, 'users', ...args)

  await t.test('create: provisioned like by POST /users', async (t) => {
    const { code, stdout, stderr } = await users('create', 'Ann@Example.com', '--role', 'editor')
    t.equal(code, 0)
    t.match(stdout.trim(), UUID, 'the id and nothing else')
    t.match(stderr, /invitation is mailed/i)
    t.strictSame(eventsOf(stderr), [['user.created', stdout.trim()]])
    const { body } = await call('GET', `/users/${stdout.trim()}`, undefined, adminToken)
    t.match(body, { email: 'ann@example.com', role: 'editor', emailVerified: false, disabled: false })
  })

  await t.test('create: what POST /users refuses is refused', async (t) => {
    for (const [args, why] of [
      [['ANN@example.com'], /already/],
      [['not an address'], /not an e-mail address/],
      [['bob@example.com', '--role', 'owner'], /role is a word of a-z.* neither public nor owner$/m],
    ] as const) {
      const { code, stdout, stderr } = await users('create', ...args)
      t.equal(code, 1, args.join(' '))
      t.equal(stdout, '')
      t.match(stderr, why)
      t.notMatch(stderr, /node_modules|at async|DEBUG=1/, 'no stack, no talk of one')
    }
  })

  await t.test('list: a table, JSON, a role; never a hash', async (t) => {
    const table = await users('list')
    t.match(table.stdout, /^id +email +role +verified +disabled +created\n/)
    t.match(table.stdout, /ann@example\.com +editor +no +no +20\d\d-/)
    const { stdout } = await users('list', '--json')
    t.match(JSON.parse(stdout), [{ email: 'admin@local', emailVerified: true }, { email: 'ann@example.com' }])
    t.strictSame(
      JSON.parse((await users('list', '--json', '--role', 'editor')).stdout).map(
        ({ email }: { email: string }) => email,
      ),
      ['ann@example.com'],
    )
    t.strictSame(JSON.parse((await users('list', '--json', '--role', 'nobody')).stdout), [])
    t.notMatch(table.stdout + stdout, /argon2|passwordHash|tokenVersion/)
  })

  await t.test('disable, enable, revoke: the tokens are dead on the running server', async (t) => {
    const bob = await member(server, call, adminToken, 'bob@example.com')
    const me = (token: string) => call('GET', '/auth/me', undefined, token)
    const again = () => signIn(call, { email: bob.email, password: PASSWORD })
    t.equal((await me(bob.access)).status, 200)

    const disabled = await users('disable', bob.email)
    t.equal(disabled.code, 0)
    t.strictSame(eventsOf(disabled.stderr), [['user.disabled', bob.id]])
    t.equal((await me(bob.access)).status, 401)
    t.equal((await call('POST', '/auth/login', { email: bob.email, password: PASSWORD })).status, 401)

    const enabled = await users('enable', bob.id)
    t.equal(enabled.code, 0)
    t.strictSame(eventsOf(enabled.stderr), [['user.enabled', bob.id]])
    t.equal((await me(bob.access)).status, 401, 'dead stays dead')
    const second = await again()
    t.equal((await me(second)).status, 200)

    const revoked = await users('revoke', 'BOB@example.com')
    t.equal(revoked.code, 0)
    t.strictSame(eventsOf(revoked.stderr), [['user.revoked', bob.id]])
    t.equal((await me(second)).status, 401)
    t.equal((await me(await again())).status, 200)
  })

  await t.test('who is not there, and the last admin', async (t) => {
    const missing = await users('disable', 'nobody@example.com')
    t.equal(missing.code, 1)
    t.match(missing.stderr, /no user nobody@example\.com/)
    const { code, stderr } = await users('disable', 'admin@local')
    t.equal(code, 1)
    t.match(stderr, /last enabled admin/)
    t.equal((await call('GET', '/auth/me', undefined, adminToken)).status, 200)
  })

  await t.test('reset-admin: a new password, and nothing from before holds', async (t) => {
    const { code, stdout, stderr } = await users('reset-admin')
    t.equal(code, 0)
    t.match(eventsOf(stderr), [['admin.reset', UUID]])
    t.match(stdout, /has a new password/)
    t.match(stderr, /stays locked \(423\) for up to 15 min/)
    const fresh = adminFrom(stdout)
    t.equal(fresh.email, 'admin@local')
    t.not(fresh.password, admin.password)
    t.equal((await call('GET', '/auth/me', undefined, adminToken)).status, 401)
    t.equal((await call('POST', '/auth/login', admin)).status, 401)
    const { body } = await call('GET', '/auth/me', undefined, await signIn(call, fresh))
    t.match(body, { email: 'admin@local', role: 'admin' })
  })

  await t.test('reset-admin of another address: promoted and enabled, made only when that is said', async (t) => {
    await users('disable', 'bob@example.com')
    const typo = await users('reset-admin', 'new@example.com')
    t.equal(typo.code, 1)
    t.equal(typo.stdout, '')
    t.match(typo.stderr, /no user new@example\.com.*--create/)
    for (const [email, what, ...flags] of [
      ['bob@example.com', /has a new password/],
      ['new@example.com', /was made/, '--create'],
    ] as const) {
      const { code, stdout } = await users('reset-admin', email, ...flags)
      t.equal(code, 0)
      t.match(stdout, what)
      const { body } = await call('GET', '/auth/me', undefined, await signIn(call, adminFrom(stdout)))
      t.match(body, { email, role: 'admin', emailVerified: true })
    }
  })

  await t.test('create at @local: no mail ever goes there', async (t) => {
    const { code, stderr } = await users('create', 'ops@local')
    t.equal(code, 0)
    t.match(stderr, /no mail is sent to @local.*users reset-admin ops@local/)
  })
})

t.test('where people sign in at an identity provider alone', async (t) => {
  const env = 'jex.auth.jwksUri=https://id.example.com/keys\njex.auth.jwksIssuer=any\njex.auth.jwksAudience=any\n'
  const dir = appFolder(t, { files: { '.env': env } })
  const reset = await runCommand(t, dir, 'users', 'reset-admin')
  t.match(reset, { code: 1, stdout: '', stderr: /No password opens anything here/ })
  t.match((await runCommand(t, dir, 'users', 'create', 'ann@example.com')).stderr, /at the identity provider/)
  t.strictSame(rowsOf(dir, 'SELECT email FROM users'), [{ email: 'ann@example.com' }])
})

t.test('an app that has never been started', async (t) => {
  const dir = appFolder(t)
  const { code, stdout } = await runCommand(t, dir, 'users', 'reset-admin')
  t.equal(code, 0)
  const admin = adminFrom(stdout)
  await runCommand(t, dir, 'users', 'create', 'ann@example.com')
  t.match(rowsOf(dir, 'SELECT kind FROM auth_mails'), [{ kind: 'invite' }])

  const server = await startServer(t, dir)
  await server.printed(/ann@example\.com[\s\S]*?#token=[\w-]{43}/)
  t.ok(await signIn(client(server.url), admin))
  t.notMatch(server.output(), /password: /, 'there is an admin: none is seeded')
  await server.stop()
})
