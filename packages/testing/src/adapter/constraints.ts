import assert from 'node:assert/strict'
import { adapterRule, articles, collection, column, numbered } from './subject.js'

const users = collection(
  'users',
  column('email', 'string', { unique: true }),
  column('name'),
  column('pin', 'number', { unique: true }),
)
const logs = numbered('logs', column('text'))

const taken = (fields: string[]) => ({ name: 'UniqueViolationError', collection: 'users', fields })

export const constraintRules = [
  adapterRule('a unique violation names the fields', [users], async (db) => {
    await db.insert('users', { id: 'a', email: 'a@x', pin: 1 })
    await assert.rejects(db.insert('users', { id: 'b', email: 'a@x' }), taken(['email']))
    await assert.rejects(db.insert('users', { id: 'b', pin: 1 }), taken(['pin']))
    await assert.rejects(db.insert('users', { id: 'a', email: 'b@x' }), taken(['id']))
    await assert.rejects(db.insertMany('users', [{ id: 'b' }, { id: 'c', email: 'a@x' }]), taken(['email']))
    await assert.rejects(
      db.insertMany('users', [
        { id: 'b', pin: 2 },
        { id: 'c', pin: 2 },
      ]),
      taken(['pin']),
    )
    assert.equal(await db.count('users'), 1)
    await db.insert('users', { id: 'b', email: 'b@x' })
    await assert.rejects(db.update('users', 'b', { name: 'B', email: 'a@x' }), taken(['email']))
    assert.deepEqual(await db.findByIds('users', ['b']), [{ id: 'b', email: 'b@x', name: null, pin: null }])
  }),

  adapterRule('a unique column may hold many nulls, and a row its own value again', [users], async (db) => {
    await db.insertMany('users', [{ id: 'a' }, { id: 'b' }, { id: 'c', email: 'c@x' }])
    await db.insert('users', { id: 'd', email: null })
    assert.equal((await db.update('users', 'c', { email: 'c@x', name: 'C' }))?.name, 'C')
    assert.equal((await db.update('users', 'c', { email: null }))?.email, null)
  }),

  adapterRule('a unique value is compared exactly and is free again when its row lets go', [users], async (db) => {
    await db.insertMany(
      'users',
      ['a@x', 'A@x', 'a@x ', 'á@x', 'a\u0301@x'].map((email, n) => ({ id: `u${n}`, email })),
    )
    await db.delete('users', 'u0')
    await db.insert('users', { id: 'new', email: 'a@x' })
    await db.update('users', 'new', { email: 'other@x' })
    await db.insert('users', { id: 'newer', email: 'a@x' })
    await assert.rejects(db.insert('users', { id: 'last', email: 'a@x' }), taken(['email']))
  }),

  adapterRule('of fifty parallel inserts of one value exactly one gets it', [users], async (db) => {
    const all = await Promise.allSettled(
      Array.from({ length: 50 }, (_, n) => db.insert('users', { id: `u${n}`, email: 'a@x' })),
    )
    assert.equal(all.filter(({ status }) => status === 'fulfilled').length, 1)
    for (const one of all) if (one.status === 'rejected') assert.equal(one.reason.name, 'UniqueViolationError')
    assert.equal(await db.count('users'), 1)
  }),

  adapterRule('ifMatch: the write happens only while every named column holds the value', [articles], async (db) => {
    const at = '2026-01-01T00:00:00.000Z'
    await db.insert('articles', { id: 'a', title: 'A', views: 1.5, open: false, at })
    const whole = { title: 'A', views: 1.5, open: false, at, meta: null }
    for (const wrong of [
      { title: 'a' },
      { title: null },
      { views: 2 },
      { open: true },
      { open: null },
      { at: null },
      { id: 'b' },
    ]) {
      assert.equal(
        await db.update('articles', 'a', { title: 'x' }, { ifMatch: { ...whole, ...wrong } }),
        null,
        JSON.stringify(wrong),
      )
      assert.equal(await db.delete('articles', 'a', { ifMatch: { ...whole, ...wrong } }), null)
    }
    assert.deepEqual(await db.findByIds('articles', ['a']), [{ id: 'a', ...whole }])
    assert.equal((await db.update('articles', 'a', { title: null }, { ifMatch: whole }))?.title, null)
    assert.equal((await db.update('articles', 'a', { title: 'B' }, { ifMatch: { title: null } }))?.title, 'B')
    assert.equal(await db.update('articles', 'a', { title: 'C' }, { ifMatch: { title: null } }), null)
    assert.equal((await db.update('articles', 'a', { views: 9 }, { ifMatch: {} }))?.views, 9)
    assert.equal((await db.delete('articles', 'a', { ifMatch: { views: 9 } }))?.id, 'a')
    assert.equal(await db.update('articles', 'a', { views: 1 }, { ifMatch: { views: 9 } }), null)
  }),

  adapterRule('of fifty parallel conditional updates exactly one wins', [articles], async (db) => {
    await db.insert('articles', { id: 'a' })
    for (const previous of [null, 0]) {
      const tries = Array.from({ length: 50 }, (_, n) =>
        db.update(
          'articles',
          'a',
          { views: previous === null ? 0 : n + 1, title: `try ${n}` },
          { ifMatch: { views: previous } },
        ),
      )
      const won = (await Promise.all(tries)).filter((row) => row !== null)
      assert.equal(won.length, 1)
      assert.deepEqual(await db.findByIds('articles', ['a']), won)
    }
  }),

  adapterRule('of fifty parallel deletes exactly one gets the row', [articles], async (db) => {
    await db.insert('articles', { id: 'a' })
    const all = await Promise.all(Array.from({ length: 50 }, () => db.delete('articles', 'a')))
    assert.equal(all.filter((row) => row !== null).length, 1)
  }),

  adapterRule('an integer id is the highest ever + 1 and never used again', [logs], async (db) => {
    assert.equal((await db.insert('logs', { text: 'one' })).id, 1)
    assert.equal((await db.insert('logs', { id: null, text: 'two' })).id, 2)
    await db.insertMany('logs', [{ text: 'three' }, { id: 10, text: 'ten' }, { id: 5, text: 'five' }])
    assert.equal((await db.insert('logs', {})).id, 11)
    await db.delete('logs', 11)
    await db.delete('logs', 10)
    assert.equal((await db.insert('logs', {})).id, 12)
    for (const { id } of await db.find('logs')) await db.delete('logs', id)
    assert.equal((await db.insert('logs', {})).id, 13)
    assert.equal((await db.insert('logs', { id: 2 ** 40 })).id, 2 ** 40)
    assert.equal((await db.insert('logs', {})).id, 2 ** 40 + 1)
    await assert.rejects(db.insert('logs', { id: 13 }), { name: 'UniqueViolationError', fields: ['id'] })
  }),

  adapterRule('parallel inserts get different integer ids', [logs], async (db) => {
    const rows = await Promise.all(Array.from({ length: 50 }, () => db.insert('logs', {})))
    assert.equal(new Set(rows.map(({ id }) => id)).size, 50)
    assert.equal(
      (
        await db.findByIds(
          'logs',
          rows.map(({ id }) => id),
        )
      ).length,
      50,
    )
  }),

  adapterRule('a text id has to be given', [articles], async (db) => {
    await assert.rejects(db.insert('articles', { title: 'x' }))
    assert.equal(await db.count('articles'), 0)
  }),
]
