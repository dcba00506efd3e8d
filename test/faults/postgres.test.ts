import { readdirSync, readFileSync } from 'node:fs'
import pg from 'pg'
import t, { type Test } from 'tap'
import { appFolder, PRESET } from '../harness/app-folder.js'
import { adminFrom, client, signIn } from '../harness/client.js'
import { eventually } from '../harness/eventually.js'
import { HELD_EMAIL, heldEmailFiles, releaseEmail } from '../harness/held-email.js'
import { startServer } from '../harness/server.js'
import { startPostgres } from '../harness/servers/postgres-server.js'
import { startProxy } from '../harness/servers/tcp-proxy.js'
import { impatient, isOutage, leaked, recovered, register, type Session } from './client-in-trouble.js'

const PASSWORD = 'correct horse battery'

/** The first preset with one package more: another database. */
async function appOnPostgres(t: Test, env: Record<string, string> = {}) {
  const postgres = await startPostgres(t)
  const proxy = await startProxy(t, postgres.port)
  const database = await postgres.database()
  const url = database.replace(`:${postgres.port}/`, `:${proxy.port}/`)
  const dir = appFolder(t, {
    dependencies: { ...PRESET, ...HELD_EMAIL, '@json-express/adapter-postgres': '*' },
    files: heldEmailFiles,
  })
  const server = await startServer(t, dir, {
    env: { JEX__ADAPTER_POSTGRES__URL: url, JEX__RATELIMIT__ENABLED: 'false', ...env },
  })
  const call = impatient(client(server.url))
  const query = (sql: string) => postgres.query(sql, database)
  return { dir, postgres, database, proxy, server, call, query, admin: adminFrom(server.output()) }
}

type App = Awaited<ReturnType<typeof appOnPostgres>>

async function holdsDuringOutage(t: Test, { call }: App, ann: Session): Promise<void> {
  const me = await call('GET', '/auth/me', undefined, ann.accessToken)
  t.ok(isOutage(me), `a protected route: ${me.status} ${me.text}`)
  const login = await call('POST', '/auth/login', { email: 'ann@example.com', password: PASSWORD })
  t.ok(isOutage(login), `a login: ${login.status} ${login.text}`)
  const bob = await call('POST', '/auth/register', { email: 'bob@example.com', password: PASSWORD })
  t.ok(isOutage(bob), `a registration: ${bob.status} ${bob.text}`)
  t.equal((await call('GET', '/health')).status, 200, 'the process is well')
  const ready = () => call('GET', '/ready')
  const unready = await eventually('a server that is not ready', ready, ({ status }) => status === 503)
  t.match(unready.body, { checks: { db: 'failed', kv: 'ok' } })
}

t.test('PostgreSQL crashes and comes back, is unreachable and found again, answers nothing and goes on', async (t) => {
  const app = await appOnPostgres(t, { JEX__LOG__LEVEL: 'trace' })
  const ann = await register(app.call, 'ann@example.com', PASSWORD)
  const outages: [string, begin: () => unknown, end: () => unknown][] = [
    ['crashed', () => app.postgres.end('SIGQUIT'), () => app.postgres.start()],
    ['unreachable', () => app.proxy.refuse(), () => app.proxy.carry()],
    ['silent', () => app.proxy.hold(), () => app.proxy.carry()],
  ]
  for (const [what, begin, end] of outages) {
    await t.test(what, async (t) => {
      await begin()
      await holdsDuringOutage(t, app, ann)
      await end()
      t.equal((await recovered(app.call, ann)).status, 200)
      const login = await app.call('POST', '/auth/login', { email: 'ann@example.com', password: PASSWORD })
      t.equal(login.status, 200, login.text)
    })
  }
  const bobs = await app.query("select * from users where email = 'bob@example.com'")
  t.ok(bobs.length <= 1, 'a registration that was not answered is there whole, or not at all')
  releaseEmail(app.dir) // it would be waited for
  t.equal(await app.server.stop(), 0)
  t.match(app.server.output(), /"level":(40|50)/, 'the operator is told')
  t.strictSame(
    leaked(app.server.output(), { PASSWORD, accessToken: ann.accessToken, refreshToken: ann.refreshToken }),
    [],
    'and no secret with it',
  )
})

const noProc = process.platform === 'linux' ? false : 'counts file descriptors in /proc'

t.test('one outage after the other leaves nothing behind: files, connections, memory', { skip: noProc }, async (t) => {
  const app = await appOnPostgres(t)
  const ann = await register(app.call, 'ann@example.com', PASSWORD)
  const pid = app.server.child.pid ?? 0
  const use = async () => ({
    files: readdirSync(`/proc/${pid}/fd`).length,
    connections: (
      await app.query('select 1 from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()')
    ).length,
    carried: app.proxy.open(),
    mebibytes: Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024,
  })
  const outage = async (begin: () => unknown) => {
    await begin()
    const me = () => app.call('GET', '/auth/me', undefined, ann.accessToken)
    for (const answer of await Promise.all([me(), me(), me(), me()])) t.ok(isOutage(answer), answer.text)
    app.proxy.carry()
    await recovered(app.call, ann)
    await Promise.all(Array.from({ length: 20 }, me))
  }
  for (let warm = 0; warm < 3; warm++) await outage(app.proxy.refuse)
  const before = await use()
  for (let round = 0; round < 10; round++) await outage(app.proxy.refuse)
  await outage(app.proxy.hold)
  const after = await eventually('what was used before', use, ({ files, connections, carried }) => {
    return files <= before.files && connections <= before.connections && carried <= before.carried
  })
  t.ok(after.mebibytes < before.mebibytes + 64, `${before.mebibytes} MiB before, ${after.mebibytes} after`)
  releaseEmail(app.dir) // it would be waited for
  t.equal(await app.server.stop(), 0)
})

t.test(
  'backends are ended and the server crashes while users are provisioned: each is whole, none is lost',
  async (t) => {
    const app = await appOnPostgres(t)
    const { call, query } = app
    const admin = await signIn(call, app.admin)
    const acknowledged: string[] = []
    const wrong: string[] = []
    let over = false
    const provision = async (caller: number) => {
      for (let count = 0; !over; count++) {
        const email = `c${caller}-${count}@example.com`
        const answer = await call('POST', '/users', { email, role: 'editor' }, admin)
        if (answer.status === 201) acknowledged.push(email)
        else if (!isOutage(answer)) wrong.push(`${answer.status} ${answer.text}`)
      }
    }
    const callers = Promise.all([0, 1, 2, 3].map(provision))
    const enough = (count: number) => {
      const wanted = acknowledged.length + count
      return eventually(
        `${count} users more`,
        async () => acknowledged.length,
        (length) => length >= wanted,
      )
    }
    for (let round = 0; round < 4; round++) {
      await enough(10)
      await query(
        'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname is not null',
      )
    }
    for (let round = 0; round < 2; round++) {
      await enough(10)
      await app.postgres.end('SIGQUIT')
      await app.postgres.start()
    }
    await enough(10)
    over = true
    await callers
    t.strictSame(wrong, [], 'whatever failed was 503')
    const users = await query("select id, email from users where email <> 'admin@local'")
    const emails = new Set(users.map(({ email }) => email))
    t.strictSame(
      acknowledged.filter((email) => !emails.has(email)),
      [],
      'every acknowledged user is there',
    )
    const owed = await query(
      'select "userId", count(*)::int as mails from auth_mails where kind = \'invite\' group by 1',
    )
    t.strictSame(
      users.map(({ id }) => owed.find(({ userId }) => userId === id)?.mails ?? 0),
      users.map(() => 1),
      'and each with the mail that is owed to him',
    )
    releaseEmail(app.dir)
    t.equal(await app.server.stop(), 0)
  },
)

t.test('somebody holds a lock: who needs the row waits so long and no longer, everybody else goes on', async (t) => {
  const app = await appOnPostgres(t, {
    JEX__ADAPTER_POSTGRES__STATEMENT_TIMEOUT: '500ms',
    JEX__ADAPTER_POSTGRES__MAX_CONNECTIONS: '3',
  })
  const { call } = app
  const ann = await register(call, 'ann@example.com', PASSWORD)
  const bob = await register(call, 'bob@example.com', PASSWORD)
  const holder = new pg.Client(app.database)
  await holder.connect()
  t.teardown(() => holder.end())
  await holder.query("begin; update users set role = role where email = 'ann@example.com'")
  const change = () =>
    call(
      'POST',
      '/auth/password/change',
      { currentPassword: PASSWORD, newPassword: 'quite another one' },
      ann.accessToken,
    )
  const [change1, change2, me, other] = await Promise.all([
    change(),
    change(),
    call('GET', '/auth/me', undefined, ann.accessToken),
    call('GET', '/auth/me', undefined, bob.accessToken),
  ])
  t.ok(isOutage(change1), change1.text)
  t.ok(isOutage(change2), change2.text)
  t.equal(me.status, 200, 'reading waits for nobody')
  t.equal(other.status, 200)
  await holder.query('commit')
  t.equal((await change()).status, 200)
})

t.test('all connections are taken: bounded waits, 503, and back to work', async (t) => {
  const app = await appOnPostgres(t, {
    JEX__ADAPTER_POSTGRES__STATEMENT_TIMEOUT: '500ms',
    JEX__ADAPTER_POSTGRES__MAX_CONNECTIONS: '2',
  })
  const ann = await register(app.call, 'ann@example.com', PASSWORD)
  const lock = app.query('begin; lock table users; select pg_sleep(5); commit')
  await eventually(
    'the lock',
    () => app.query("select 1 from pg_stat_activity where wait_event = 'PgSleep'"),
    (rows) => rows.length === 1,
  )
  const crowd = await Promise.all(
    Array.from({ length: 40 }, () => app.call('GET', '/auth/me', undefined, ann.accessToken)),
  )
  t.strictSame(
    crowd.filter((answer) => !isOutage(answer)).map(({ text }) => text),
    [],
  )
  await lock
  t.equal((await recovered(app.call, ann)).status, 200)
})
