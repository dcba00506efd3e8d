import t, { type Test } from 'tap'
import { startPostgres } from '../../../test/harness/servers/postgres-server.js'
import { createPostgresAdapter, type PostgresAdapterOptions } from '../src/index.js'
import { logs, users } from './fixtures/schemas.js'

/** Opens when as many have come as are expected. */
function gate(expected: number) {
  let come = 0
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return () => {
    if (++come >= expected) open()
    return opened
  }
}

t.test('transactions', async (t) => {
  const server = await startPostgres(t, { deadlock_timeout: '200ms' })
  const opened = async (t: Test, options: Partial<PostgresAdapterOptions> = {}) => {
    const db = await createPostgresAdapter({ url: await server.database(), ...options })
    t.teardown(() => db.close())
    await db.migrate([users, logs])
    await db.insertMany('users', [{ id: 'a' }, { id: 'b' }])
    return db
  }

  t.test('two in opposite order both get through, one of them again', async (t) => {
    const db = await opened(t)
    const bothHaveOne = gate(2)
    let runs = 0
    const swap = (first: string, second: string) =>
      db.transaction(async (session) => {
        runs++
        await session.update('users', first, { email: `${first} by ${first}` })
        await bothHaveOne()
        await session.update('users', second, { email: `${second} by ${first}` })
        return first
      })
    t.strictSame(await Promise.all([swap('a', 'b'), swap('b', 'a')]), ['a', 'b'])
    t.ok(runs > 2)
    const by = (await db.find('users')).map(({ email }) => String(email).slice(-1))
    t.equal(by[0], by[1], 'the last one wrote both')
  })

  t.test('statements outside of transactions that meet a deadlock get through, too', async (t) => {
    const db = await opened(t)
    const transactionHasA = gate(1)
    const emails = (first: string, second: string) => [
      { id: `${first}-row`, email: first },
      { id: `${second}-row`, email: second },
    ]
    // Both want two unique values, in opposite order: each waits for the other one to commit or not.
    const inside = db.transaction(async (session) => {
      await session.insert('users', { id: 'x', email: 'x' })
      await transactionHasA()
      await session.insert('users', { id: 'y', email: 'y' }).catch(() => {})
      return 'done'
    })
    const outside = transactionHasA().then(() => db.insertMany('users', emails('y', 'x')))
    // Whoever is undone tries again, and may find that the other one has both values.
    const ends = await Promise.allSettled([inside, outside])
    const refused = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason.name] : []))
    t.ok(refused.length < 2, 'one gets through')
    for (const name of refused) t.equal(name, 'UniqueViolationError')
    t.ok((await db.count('users', { where: [{ field: 'email', op: 'in', value: ['x', 'y'] }] })) >= 1)
  })

  t.test('no write skew: what both have read decides for one of them', async (t) => {
    const db = await opened(t)
    await db.update('users', 'a', { active: true })
    await db.update('users', 'b', { active: true })
    const bothHaveRead = gate(2)
    const leave = (id: string) =>
      db.transaction(async (session) => {
        const active = await session.count('users', { where: [{ field: 'active', op: 'eq', value: true }] })
        await bothHaveRead()
        if (active > 1) await session.update('users', id, { active: false })
      })
    await Promise.all([leave('a'), leave('b')])
    t.equal(await db.count('users', { where: [{ field: 'active', op: 'eq', value: true }] }), 1)
  })

  t.test('a crowd on one row loses no update and refuses nobody', async (t) => {
    const db = await opened(t)
    await db.insert('logs', { n: 0 })
    const add = () =>
      db.transaction(async (session) => {
        const [row] = await session.findByIds('logs', [1])
        await session.update('logs', 1, { n: Number(row?.n) + 1 })
        await session.insert('logs', {})
      })
    await Promise.all(Array.from({ length: 50 }, add))
    t.equal((await db.findByIds('logs', [1]))[0]?.n, 50)
    t.equal(await db.count('logs'), 51)
  })

  t.test('a refused write takes itself back alone, and the transaction goes on', async (t) => {
    const db = await opened(t)
    await db.transaction(async (session) => {
      await session.insert('users', { id: 'c', email: 'c' })
      await t.rejects(session.insert('users', { id: 'd', email: 'c' }), { name: 'UniqueViolationError' })
      await t.rejects(session.insertMany('users', [{ id: 'e' }, { id: 'a' }]), { name: 'UniqueViolationError' })
      await t.rejects(session.update('users', 'a', { bossId: 'nix' }), { name: 'ReferenceViolationError' })
      await t.rejects(session.find('nix'), TypeError)
      await session.update('users', 'a', { bossId: 'c' })
    })
    t.strictSame(
      (await db.find('users')).map(({ id, bossId }) => [id, bossId]),
      [
        ['a', 'c'],
        ['b', null],
        ['c', null],
      ],
    )
  })

  t.test('calls that nobody waits for are part of it, those that come later are not', async (t) => {
    const db = await opened(t)
    const late: Promise<unknown>[] = []
    await db.transaction(async (session) => {
      for (let n = 0; n < 5; n++) late.push(session.insert('users', { id: `c${n}` }))
      queueMicrotask(() => late.push(session.find('users').catch(({ message }: Error) => message)))
    })
    await Promise.allSettled(late)
    t.equal(await db.count('users'), 7)
  })

  t.test('it ends when its connection is taken away, and nothing of it is there', async (t) => {
    const db = await opened(t)
    const cut = () =>
      server.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction'")
    const ended = db.transaction(async (session) => {
      await session.insert('users', { id: 'c' })
      await cut()
      // Whatever the work makes of it.
      await session.insert('users', { id: 'd' }).catch(() => {})
      await t.rejects(session.find('users'), { name: 'UnavailableError' })
      return 'done'
    })
    await t.rejects(ended, { name: 'UnavailableError' })
    t.equal(await db.count('users'), 2)
  })

  t.test('a statement that takes too long ends it', async (t) => {
    const db = await opened(t, { statementTimeout: 200 })
    const both = gate(2)
    let release = () => {}
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    const holder = db.transaction(async (session) => {
      await session.update('users', 'a', { active: true })
      await both()
      await released
    })
    const waiter = db.transaction(async (session) => {
      await session.insert('users', { id: 'c' })
      await both()
      await session.update('users', 'a', { active: false })
    })
    await t.rejects(waiter, { name: 'UnavailableError' })
    release()
    await holder
    t.equal(await db.count('users'), 2)
    t.equal((await db.findByIds('users', ['a']))[0]?.active, true)
  })
})
