import t from 'tap'
import { createSqliteAdapter } from '../src/index.js'
import { logs, users } from './fixtures/schemas.js'

// libsql aborts the whole process when it is given a boolean or an object, so nothing else may reach it.
const NOT_A_SCALAR = [
  true,
  false,
  {},
  [],
  1n,
  Symbol('s'),
  () => {},
  new Date(0),
  Buffer.from('x'),
  Number.NaN,
  Number.POSITIVE_INFINITY,
]

t.test('a value of another type is refused before it reaches the database', async (t) => {
  const db = createSqliteAdapter({ file: ':memory:' })
  t.teardown(() => db.close())
  await db.migrate([users, logs])
  await db.insert('users', { id: 'a' })
  for (const value of NOT_A_SCALAR) {
    await t.rejects(db.insert('users', { id: 'b', email: value }), { name: 'TypeError', message: /users\.email/ })
    await t.rejects(db.update('users', 'a', { email: value }), { name: 'TypeError', message: /users\.email/ })
    await t.rejects(db.insert('logs', { id: value }), { name: 'TypeError', message: /logs\.id/ })
    if (typeof value === 'boolean' || value === Number.POSITIVE_INFINITY) continue
    const [wrong] = [value] as unknown as [string]
    await t.rejects(db.insert('users', { id: 'b', active: value }), { name: 'TypeError', message: /users\.active/ })
    await t.rejects(db.find('users', { where: [{ field: 'email', op: 'eq', value: wrong }] }), { name: 'TypeError' })
    await t.rejects(db.find('users', { where: [{ field: 'email', op: 'in', value: [wrong] }] }), { name: 'TypeError' })
    await t.rejects(db.update('users', 'a', {}, { ifMatch: { email: wrong } }), { name: 'TypeError' })
    t.strictSame(await db.findByIds('users', [wrong]), [])
    t.equal(await db.delete('users', wrong), null)
  }
  t.strictSame(await db.find('users', { fields: ['email'] }), [{ id: 'a', email: null }])
})

t.test('text that libsql would change is refused', async (t) => {
  const db = createSqliteAdapter({ file: ':memory:' })
  t.teardown(() => db.close())
  await db.migrate([users, logs])
  for (const email of ['cut\0off', 'lone \ud800 surrogate']) {
    await t.rejects(db.insert('users', { id: 'a', email }), {
      name: 'TypeError',
      message: 'users.email takes well-formed text without NUL',
    })
    await t.rejects(db.insert('users', { id: email }), { name: 'TypeError', message: /users\.id/ })
    t.strictSame(await db.findByIds('users', [email]), [])
  }
  const meta = { nul: 'a\0b', surrogate: '\ud800' }
  t.strictSame((await db.insert('logs', { meta })).meta, meta, 'inside of JSON it is escaped')
})
