import pg from 'pg'
import t, { type Test } from 'tap'
import { startPostgres } from '../../../test/harness/servers/postgres-server.js'
import { createPostgresAdapter, type PostgresAdapterOptions } from '../src/index.js'
import { logs, users } from './fixtures/schemas.js'

t.test('a busy database', async (t) => {
  const server = await startPostgres(t)

  /** An adapter, and another connection that holds a lock on one of its rows. */
  async function lockedRow(t: Test, options: Partial<PostgresAdapterOptions>) {
    const url = await server.database()
    const db = await createPostgresAdapter({ url, ...options })
    await db.migrate([users, logs])
    await db.insertMany('users', [{ id: 'a' }, { id: 'b' }])
    const other = new pg.Client(url)
    await other.connect()
    await other.query("BEGIN; SELECT FROM users WHERE id = 'a' FOR UPDATE")
    t.teardown(async () => {
      await db.close()
      await other.end()
    })
    return { db, other, url }
  }
  const waiting = async (n: number) => {
    const sql = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    while ((await server.query(sql)).length < n) {}
  }

  t.test('writes wait for a row, everything else goes on', async (t) => {
    const { db, other } = await lockedRow(t, {})
    const update = db.update('users', 'a', { active: true })
    await waiting(1)
    await db.update('users', 'b', { active: true })
    t.equal((await db.findByIds('users', ['a']))[0]?.active, null)
    await other.query('COMMIT')
    t.equal((await update)?.active, true)
  })

  t.test('all connections wait for one row: bounded, and then all is well', async (t) => {
    const { db, other } = await lockedRow(t, { maxConnections: 3, statementTimeout: 1000, connectTimeout: 200 })
    const updates = Array.from({ length: 3 }, () => db.update('users', 'a', { active: true }))
    const settled = Promise.allSettled(updates)
    await waiting(3)
    await t.rejects(db.find('users'), { name: 'UnavailableError' }, 'no connection is free in time')
    await t.rejects(db.health(), { name: 'UnavailableError' })
    for (const one of await settled) t.match(one, { status: 'rejected', reason: { name: 'UnavailableError' } })
    t.equal(await db.count('users'), 2, 'the connections are back')
    await other.query('COMMIT')
    t.equal((await db.update('users', 'a', { active: false }))?.active, false)
    t.equal((await db.findByIds('users', ['a']))[0]?.active, false)
  })

  t.test('a write inside a transaction that goes around it is refused when its time is over', async (t) => {
    const db = await createPostgresAdapter({ url: await server.database(), maxConnections: 1, connectTimeout: 100 })
    t.teardown(() => db.close())
    await db.migrate([users, logs])
    const stuck = db.transaction(async (session) => {
      await session.insert('users', { id: 'a' })
      await db.insert('users', { id: 'b' })
    })
    await t.rejects(stuck, { name: 'UnavailableError' })
    t.equal(await db.count('users'), 0)
  })

  t.test('close waits for what waits', async (t) => {
    const { db, other } = await lockedRow(t, { maxConnections: 2 })
    const writes = [
      db.update('users', 'a', { active: true }),
      db.transaction((session) => session.update('users', 'a', { email: 'a' })),
      db.insert('users', { id: 'c' }),
    ]
    await waiting(2)
    const closed = db.close()
    await t.rejects(db.find('users'), { name: 'UnavailableError' })
    await other.query('COMMIT')
    await closed
    await Promise.all(writes)
    const [row] = await server.query("SELECT email, active FROM users WHERE id = 'a'", await urlOf(other))
    t.strictSame(row, { email: 'a', active: true })
  })
})

async function urlOf({ host, port, database }: pg.Client): Promise<string> {
  return `postgres://jex@${host}:${port}/${database}`
}
