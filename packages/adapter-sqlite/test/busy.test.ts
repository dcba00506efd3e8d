import { join } from 'node:path'
import Database from 'libsql'
import t, { type Test } from 'tap'
import { createSqliteAdapter } from '../src/index.js'
import { logs, users } from './fixtures/schemas.js'

/** An adapter, and another connection that holds the write lock of its file as another process would. */
async function lockedDatabase(t: Test, waitMs: number) {
  const file = join(t.testdir(), 'data.sqlite')
  const db = createSqliteAdapter({ file, waitMs })
  await db.migrate([users, logs])
  await db.insert('users', { id: 'a' })
  const other = new Database(file)
  other.exec('BEGIN IMMEDIATE')
  t.teardown(async () => {
    await db.close()
    other.close()
  })
  return { db, other }
}

t.test('writes wait for another process, in their order, and leave the event loop free', async (t) => {
  const { db, other } = await lockedDatabase(t, 60_000)
  const order: string[] = []
  const writes = [
    db.insert('users', { id: 'b' }).then(() => order.push('insert')),
    db.transaction((session) => session.insert('users', { id: 'c' })).then(() => order.push('transaction')),
    db.insertMany('users', [{ id: 'd' }, { id: 'e' }]).then(() => order.push('insertMany')),
    db.delete('users', 'a').then(() => order.push('delete')),
  ]
  // Reads go on meanwhile, which they could not if the process slept.
  for (let n = 0; n < 20; n++) t.equal(await db.count('users'), 1)
  await db.health()
  t.strictSame(order, [])
  other.exec('COMMIT')
  await Promise.all(writes)
  t.strictSame(order, ['insert', 'transaction', 'insertMany', 'delete'])
  t.strictSame(
    (await db.find('users', { fields: [] })).map(({ id }) => id),
    ['b', 'c', 'd', 'e'],
  )
})

t.test('a write that waited too long is refused as unavailable, and nothing of it happens', async (t) => {
  const { db, other } = await lockedDatabase(t, 100)
  await t.rejects(db.insert('users', { id: 'b' }), { name: 'UnavailableError' })
  let ran = false
  const work = async () => {
    ran = true
  }
  await t.rejects(db.transaction(work), { name: 'UnavailableError' })
  t.equal(ran, false)
  await t.rejects(Promise.any([db.insert('users', { id: 'b' }), db.delete('users', 'a')]))
  other.exec('ROLLBACK')
  t.equal((await db.insert('users', { id: 'b' })).id, 'b')
  t.equal(await db.count('users'), 2)
})

t.test('a write inside a transaction that goes around it is refused when its time is over', async (t) => {
  const db = createSqliteAdapter({ file: join(t.testdir(), 'data.sqlite'), waitMs: 50 })
  t.teardown(() => db.close())
  await db.migrate([users, logs])
  const stuck = db.transaction(async (session) => {
    await session.insert('users', { id: 'a' })
    await db.insert('users', { id: 'b' })
  })
  await t.rejects(stuck, { name: 'UnavailableError' })
  t.equal(await db.count('users'), 0)
})

t.test('a write that met a lock does not keep later ones from being committed', async (t) => {
  const { db, other } = await lockedDatabase(t, 50)
  // Different statements, so that none of them is started anew by a later use.
  await t.rejects(db.delete('users', 'nobody'), { name: 'UnavailableError' })
  await t.rejects(db.update('users', 'a', { active: true }), { name: 'UnavailableError' })
  other.exec('ROLLBACK')
  for (const id of ['b', 'c']) {
    await db.insert('users', { id })
    t.strictSame(other.prepare('SELECT id FROM users WHERE id = ?').raw().all([id]), [[id]], 'others see it')
    t.equal((await db.findByIds('users', [id])).length, 1)
  }
})
