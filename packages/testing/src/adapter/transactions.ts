import assert from 'node:assert/strict'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { IDatabaseSession } from '@json-express/core'
import { adapterRule, articles, collection, column, numbered, reference } from './subject.js'

const users = collection('users', column('email', 'string', { unique: true }))
const posts = collection('posts', reference('authorId', 'users', 'cascade'))
const logs = numbered('logs')

export const transactionRules = [
  adapterRule('a transaction commits together and returns what its work returns', [users, posts], async (db) => {
    const result = await db.transaction(async (session) => {
      await session.insert('users', { id: 'u', email: 'u@x' })
      await session.insertMany('posts', [
        { id: 'p', authorId: 'u' },
        { id: 'q', authorId: 'u' },
      ])
      await session.update('posts', 'q', { authorId: null })
      assert.equal(await session.count('posts'), 2)
      assert.deepEqual(await session.findByIds('posts', ['q']), [{ id: 'q', authorId: null }])
      await session.delete('posts', 'q')
      return { found: await session.find('posts') }
    })
    assert.deepEqual(result, { found: [{ id: 'p', authorId: 'u' }] })
    assert.deepEqual(await db.find('posts'), result.found)
  }),

  adapterRule(
    'a transaction that throws leaves nothing behind and rethrows the very error',
    [users, posts, logs],
    async (db) => {
      await db.insert('users', { id: 'old', email: 'old@x' })
      await db.insert('posts', { id: 'p', authorId: 'old' })
      const error = new Error('no')
      const failing = db.transaction(async (session) => {
        await session.insert('users', { id: 'new', email: 'new@x' })
        await session.insertMany('users', [{ id: 'more' }, { id: 'most' }])
        await session.update('users', 'old', { email: 'changed@x' })
        await session.insert('logs', {})
        await session.delete('users', 'old')
        throw error
      })
      await assert.rejects(failing, (thrown) => thrown === error)
      assert.deepEqual(await db.find('users'), [{ id: 'old', email: 'old@x' }])
      assert.deepEqual(await db.find('posts'), [{ id: 'p', authorId: 'old' }])
      assert.equal(await db.count('logs'), 0)
      await db.insert('users', { id: 'after', email: 'new@x' })
    },
  ),

  adapterRule('violations inside come out as they are', [users, posts], async (db) => {
    await db.insert('users', { id: 'a', email: 'a@x' })
    const unique = db.transaction(async (session) => {
      await session.insert('users', { id: 'b', email: 'b@x' })
      await session.insert('users', { id: 'c', email: 'a@x' })
    })
    await assert.rejects(unique, { name: 'UniqueViolationError', fields: ['email'] })
    const reference = db.transaction((session) => session.insert('posts', { id: 'p', authorId: 'nobody' }))
    await assert.rejects(reference, { name: 'ReferenceViolationError', by: { field: 'authorId' } })
    assert.equal(await db.count('users'), 1)
  }),

  adapterRule('nobody outside sees what is not committed', [users], async (db) => {
    const seen: Promise<unknown>[] = []
    const failing = db.transaction(async (session) => {
      await session.insert('users', { id: 'ghost' })
      // Not awaited here: where there is only one connection these wait for the end of the transaction.
      seen.push(db.count('users'), db.find('users'), db.findByIds('users', ['ghost']))
      await nextTurn()
      assert.equal(await session.count('users'), 1)
      throw new Error('undo')
    })
    await assert.rejects(failing, { message: 'undo' })
    assert.deepEqual(await Promise.all(seen), [0, [], []])
  }),

  adapterRule('writes outside wait for the transaction', [articles], async (db) => {
    await db.insert('articles', { id: 'a', views: 0 })
    const order: string[] = []
    const outside = await db.transaction(async (session) => {
      await session.update('articles', 'a', { views: 1 })
      const update = db.update('articles', 'a', { views: 100 }).then(() => order.push('outside'))
      for (let turn = 0; turn < 20; turn++) await nextTurn()
      assert.deepEqual(await session.findByIds('articles', ['a'], ['views']), [{ id: 'a', views: 1 }])
      order.push('inside')
      return { update }
    })
    await outside.update
    assert.deepEqual(order, ['inside', 'outside'])
    assert.equal((await db.findByIds('articles', ['a']))[0]?.views, 100)
  }),

  adapterRule('parallel transactions lose no update', [articles], async (db) => {
    await db.insert('articles', { id: 'a', views: 0 })
    const all = await Promise.allSettled(
      Array.from({ length: 20 }, () =>
        db.transaction(async (session) => {
          const [row] = await session.findByIds('articles', ['a'])
          await nextTurn()
          await session.update('articles', 'a', { views: Number(row?.views) + 1 })
        }),
      ),
    )
    const done = all.filter(({ status }) => status === 'fulfilled').length
    assert.ok(done > 0)
    assert.equal((await db.findByIds('articles', ['a']))[0]?.views, done)
    // A database may give up on a transaction that it cannot put in an order with the others, but it has to say so.
    for (const one of all) if (one.status === 'rejected') assert.equal(one.reason.name, 'UnavailableError')
  }),

  adapterRule('a failed transaction does not disturb its neighbours', [users], async (db) => {
    const all = await Promise.allSettled(
      Array.from({ length: 10 }, (_, n) =>
        db.transaction(async (session) => {
          await session.insert('users', { id: `u${n}` })
          await nextTurn()
          if (n % 2 === 1) throw new Error(`no ${n}`)
        }),
      ),
    )
    assert.deepEqual(
      all.map(({ status }) => status === 'fulfilled'),
      Array.from({ length: 10 }, (_, n) => n % 2 === 0),
    )
    assert.deepEqual(
      (await db.find('users')).map(({ id }) => id),
      ['u0', 'u2', 'u4', 'u6', 'u8'],
    )
  }),

  adapterRule('a session is of no use when its transaction is over', [users], async (db) => {
    let kept: IDatabaseSession | undefined
    await db.transaction(async (session) => {
      kept = session
    })
    await assert.rejects(async () => kept?.insert('users', { id: 'late' }))
    await assert.rejects(async () => kept?.find('users'))
    assert.equal(await db.count('users'), 0)
  }),
]
