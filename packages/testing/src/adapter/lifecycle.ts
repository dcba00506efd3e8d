import assert from 'node:assert/strict'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { adapterRule, articles } from './subject.js'

export const lifecycleRules = [
  adapterRule('health answers while the database works', [articles], async (db) => {
    await db.health()
    await db.transaction((session) => session.insert('articles', { id: 'a' }))
    await db.health()
  }),

  adapterRule('after close every call is refused as unavailable', [articles], async (db) => {
    await db.insert('articles', { id: 'a' })
    await db.close()
    const calls = {
      insert: () => db.insert('articles', { id: 'b' }),
      insertMany: () => db.insertMany('articles', [{ id: 'b' }]),
      findByIds: () => db.findByIds('articles', ['a']),
      findNoIds: () => db.findByIds('articles', []),
      find: () => db.find('articles'),
      count: () => db.count('articles'),
      update: () => db.update('articles', 'a', { title: 'x' }),
      delete: () => db.delete('articles', 'a'),
      migrate: () => db.migrate([articles]),
      transaction: () => db.transaction(async () => 'done'),
      health: () => db.health(),
    }
    for (const [name, call] of Object.entries(calls)) await assert.rejects(call, { name: 'UnavailableError' }, name)
    await db.close()
  }),

  adapterRule('close waits for what is running', [articles], async (db) => {
    const order: string[] = []
    let started = () => {}
    const running = new Promise<void>((resolve) => {
      started = resolve
    })
    const transaction = db
      .transaction(async (session) => {
        await session.insert('articles', { id: 'a' })
        started()
        for (let turn = 0; turn < 20; turn++) await nextTurn()
        await session.insert('articles', { id: 'b' })
      })
      .then(() => order.push('transaction'))
    await running
    const write = db.insert('articles', { id: 'c' }).then(() => order.push('write'))
    const closed = db.close().then(() => order.push('closed'))
    await Promise.all([transaction, write, closed])
    assert.ok(order.indexOf('transaction') < order.indexOf('closed'), order.join(', '))
    assert.deepEqual(order.sort(), ['closed', 'transaction', 'write'])
  }),
]
