import type { IDatabaseAdapter } from '@json-express/core'
import t, { type Test } from 'tap'
import { type PostgresServer, startPostgres } from '../../../test/harness/servers/postgres-server.js'
import { startProxy } from '../../../test/harness/servers/tcp-proxy.js'
import { createPostgresAdapter } from '../src/index.js'
import { logs, users } from './fixtures/schemas.js'

const TIMES = { statementTimeout: 500, connectTimeout: 500 }

/** What clients of a database do all day: pairs of rows in transactions, single rows, look-ups. */
function startLoad(db: IDatabaseAdapter, name: string) {
  const acknowledged: string[] = []
  const errors: Error[] = []
  let running = true
  let done = 0
  const write = async (id: string, n: number) => {
    if (n % 3 > 0) return db.insert('users', { id })
    return db.transaction(async (session) => {
      await session.insert('users', { id, email: id })
      return session.insert('users', { id: `${id} twin`, bossId: id })
    })
  }
  const worker = async (number: number) => {
    for (let n = 0; running; n++) {
      const id = `${name} ${number} ${n}`
      try {
        await write(id, n)
        acknowledged.push(id)
        await db.findByIds('users', [id])
      } catch (error) {
        errors.push(error as Error)
        await new Promise((resolve) => setTimeout(resolve, 10)) // as clients do that were told to come back
      }
      done++
    }
  }
  const workers = Array.from({ length: 12 }, (_, number) => worker(number))
  return {
    acknowledged,
    errors,
    async more(times: number) {
      for (const end = done + times; done < end; ) await new Promise((resolve) => setImmediate(resolve))
    },
    async failure() {
      for (const end = errors.length; errors.length === end; ) await new Promise((resolve) => setImmediate(resolve))
    },
    async end() {
      running = false
      await Promise.all(workers)
    },
  }
}

/** Nothing that was acknowledged is missing, no transaction is there by half, and every error was `UnavailableError`. */
async function assertWhole(t: Test, db: IDatabaseAdapter, load: ReturnType<typeof startLoad>) {
  const names = new Set(load.errors.map(({ name, message }) => (name === 'UnavailableError' ? name : message)))
  t.strictSame([...names], ['UnavailableError'])
  const unexplained = load.errors.filter(({ cause }) => cause === undefined)
  t.strictSame([...new Set(unexplained.map(({ message }) => message))], [])
  t.equal((await db.findByIds('users', load.acknowledged)).length, load.acknowledged.length)
  const first = await db.count('users', { where: [{ field: 'email', op: 'ne', value: null }] })
  const twins = await db.count('users', { where: [{ field: 'bossId', op: 'ne', value: null }] })
  t.equal(first, twins)
  await db.health()
}

const PAUSED = 'paused'

const FAULTS: Record<string, (server: PostgresServer, load: ReturnType<typeof startLoad>) => Promise<void>> = {
  'the server crashes and starts again': async (server, load) => {
    await server.end('SIGQUIT')
    await load.failure()
    await server.start()
  },
  'the server is stopped in order and starts again': async (server, load) => {
    await server.end('SIGINT')
    await load.failure()
    await server.start()
  },
  'connections are ended by the server, again and again': async (server, load) => {
    for (let n = 0; n < 3; n++) {
      await server.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'json-express'",
      )
      await load.more(20)
    }
  },
  'a backend is killed, which restarts the server': async (server, load) => {
    const pids = await backendsOf(server)
    process.kill(pids[0] ?? 0, 'SIGKILL')
    // The server ends all of them, which takes a moment.
    while (pids.some(isAlive)) await new Promise((resolve) => setImmediate(resolve))
    await load.failure()
  },
  [PAUSED]: async (server, load) => {
    const pids = [server.pid, ...(await backendsOf(server))]
    for (const pid of pids) process.kill(pid, 'SIGSTOP')
    await load.failure()
    for (const pid of pids) process.kill(pid, 'SIGCONT')
  },
}

async function backendsOf(server: PostgresServer): Promise<number[]> {
  const rows = await server.query("SELECT pid FROM pg_stat_activity WHERE application_name = 'json-express'")
  return rows.map(({ pid }) => Number(pid))
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

t.test('outages under load', async (t) => {
  const server = await startPostgres(t, { fsync: 'on' })
  for (const [name, fault] of Object.entries(FAULTS)) {
    t.test(name, async (t) => {
      const warnings: string[] = []
      const log = { warn: (_: object, message: string) => void warnings.push(message) }
      const db = await createPostgresAdapter({ url: await server.database(), ...TIMES, log })
      t.teardown(() => db.close())
      await db.migrate([users, logs])
      const load = startLoad(db, name)
      await load.more(100)
      await fault(server, load)
      for (let healthy = false; !healthy; )
        healthy = await db.health().then(
          () => true,
          () => false,
        )
      const before = load.acknowledged.length
      await load.more(100)
      t.ok(load.acknowledged.length > before, 'it goes on by itself')
      await load.end()
      await assertWhole(t, db, load)
    })
  }

  t.test('a network that is cut or carries nothing', async (t) => {
    const proxy = await startProxy(t, server.port)
    const url = new URL(await server.database())
    url.port = String(proxy.port)
    const db = await createPostgresAdapter({ url: url.href, ...TIMES })
    t.teardown(() => db.close())
    await db.migrate([users, logs])
    const load = startLoad(db, 'network')
    await load.more(50)
    for (const fault of [proxy.hold, proxy.refuse]) {
      fault()
      await load.failure()
      await t.rejects(db.health(), { name: 'UnavailableError' })
      await t.rejects(
        db.transaction((session) => session.find('users')),
        { name: 'UnavailableError' },
      )
      proxy.carry()
      for (let healthy = false; !healthy; )
        healthy = await db.health().then(
          () => true,
          () => false,
        )
      await load.more(50)
    }
    await load.end()
    await assertWhole(t, db, load)
  })

  t.test('a database that may only be read is not ready, and says so at each write', async (t) => {
    const url = await server.database()
    const db = await createPostgresAdapter({ url, ...TIMES })
    t.teardown(() => db.close())
    await db.migrate([users, logs])
    await server.query(`ALTER DATABASE ${new URL(url).pathname.slice(1)} SET default_transaction_read_only = on`)
    await server.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'json-express'")
    for (let readOnly = false; !readOnly; ) {
      readOnly = await db.health().then(
        () => false,
        ({ message }) => /read-only/.test(message),
      )
    }
    await t.rejects(db.insert('users', { id: 'a' }), { name: 'UnavailableError' })
    t.strictSame(await db.find('users'), [])
  })

  t.test('close leaves no connection behind, even while the server does not move', async (t) => {
    const sockets = () => process.getActiveResourcesInfo().filter((kind) => kind.startsWith('TCPSocket')).length
    const before = sockets()
    const db = await createPostgresAdapter({ url: await server.database(), ...TIMES })
    await db.migrate([users, logs])
    await Promise.all(Array.from({ length: 5 }, () => db.find('users')))
    t.ok(sockets() > before)
    const pids = [server.pid, ...(await backendsOf(server))]
    for (const pid of pids) process.kill(pid, 'SIGSTOP')
    await db.close()
    for (const pid of pids) process.kill(pid, 'SIGCONT')
    t.equal(sockets(), before)
  })

  t.test('close ends while a write waits for a server that does not move', async (t) => {
    const db = await createPostgresAdapter({ url: await server.database(), ...TIMES })
    await db.migrate([users, logs])
    const pids = [server.pid, ...(await backendsOf(server))]
    for (const pid of pids) process.kill(pid, 'SIGSTOP')
    const insert = db.insert('users', { id: 'a' })
    const refused = t.rejects(insert, { name: 'UnavailableError' })
    await db.close()
    await refused
    for (const pid of pids) process.kill(pid, 'SIGCONT')
  })
})
