import { UnavailableError } from '@json-express/core'
import t, { type Test } from 'tap'
import { startPostgres } from '../../../test/harness/servers/postgres-server.js'
import { startProxy } from '../../../test/harness/servers/tcp-proxy.js'
import { createPostgresAdapter } from '../src/index.js'
import { logs, users } from './fixtures/schemas.js'

t.test('a COMMIT that is not answered', async (t) => {
  const server = await startPostgres(t)

  /** As an ordinary user, who sees less of the server than its owner. */
  async function throughProxy(t: Test) {
    const proxy = await startProxy(t, server.port)
    const url = new URL(await server.database())
    const user = url.pathname.slice(1).replace('jex', 'user')
    await server.query(`create role ${user} login; alter database ${url.pathname.slice(1)} owner to ${user}`)
    Object.assign(url, { port: String(proxy.port), username: user })
    const db = await createPostgresAdapter({ url: url.href, maxConnections: 1, connectTimeout: 1000 })
    t.teardown(() => db.close())
    await db.migrate([users, logs])
    let runs = 0
    const write = () =>
      db.transaction(async (session) => {
        runs++
        return session.insert('logs', { who: 'once' })
      })
    return { proxy, db, write, runs: () => runs }
  }

  t.test('a COMMIT that is done and not answered is found out, and not done again', async (t) => {
    const { proxy, db, write, runs } = await throughProxy(t)
    const lost = proxy.loseAnswerTo(/COMMIT/)
    t.match(await write(), { id: 1, who: 'once' })
    await lost
    t.equal(runs(), 1)
    t.equal(await db.count('logs'), 1)

    const lostToo = proxy.loseAnswerTo(/insert into "logs"/)
    await t.rejects(db.insert('logs', { who: 'twice' }), UnavailableError, 'a single write is not known to the server')
    await lostToo
    t.equal(await db.count('logs'), 2)
  })

  t.test('a COMMIT that does not arrive is found out, and its work done again', async (t) => {
    const { proxy, db, write, runs } = await throughProxy(t)
    const lost = proxy.lose(/COMMIT/)
    t.match(await write(), { id: 1, who: 'once' })
    await lost
    t.equal(runs(), 2)
    t.equal(await db.count('logs'), 1)
  })

  t.test(
    'when the server cannot be asked nobody knows whether it was committed, and it is not done again',
    async (t) => {
      const { proxy, db, write, runs } = await throughProxy(t)
      const lost = proxy.loseAnswerTo(/COMMIT/).then(() => proxy.refuse())
      const written = write()
      await lost
      await t.rejects(written, { name: 'UnavailableError', message: /^Whether the database has committed/ })
      proxy.carry()
      t.equal(runs(), 1)
      t.equal(await db.count('logs'), 1)
    },
  )

  t.test(
    'a server that crashed gives the number of the transaction to another one, which proves nothing',
    async (t) => {
      const crashing = await startPostgres(t, { wal_writer_delay: '10s', autovacuum: 'off' })
      const proxy = await startProxy(t, crashing.port)
      const direct = await crashing.database()
      const url = direct.replace(`:${crashing.port}/`, `:${proxy.port}/`)
      const db = await createPostgresAdapter({ url, maxConnections: 1, connectTimeout: 10_000 })
      t.teardown(() => db.close())
      await db.migrate([users, logs])
      await crashing.query('checkpoint')
      const lost = proxy.lose(/COMMIT/).then(() => proxy.refuse())
      const written = db.transaction((session) => session.insert('users', { id: 'lost' }))
      await lost
      await crashing.end('SIGQUIT')
      await crashing.start()
      for (let other = 0; other < 30; other++) {
        await crashing.query(`insert into users (id) values ('other ${other}')`, direct)
      }
      proxy.carry()
      await t.rejects(written, { name: 'UnavailableError', message: /^Whether the database has committed/ })
      t.strictSame(await db.findByIds('users', ['lost']), [])
    },
  )
})
