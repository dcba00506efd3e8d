import assert from 'node:assert/strict'
import type { IDatabaseAdapter } from '@json-express/core'
import type { Rule } from '../suite.js'
import { articles, collection, column, type DurableAdapterSubject, numbered, reference } from './subject.js'

export const durableRules = [
  durableRule('rows and rules survive', async (db, reopen) => {
    const schemas = [
      articles,
      collection('users', column('email', 'string', { unique: true })),
      collection('posts', reference('authorId', 'users')),
    ]
    await db.migrate(schemas)
    const row = { id: 'a', title: "it's 😀", views: 0.1, open: false, at: '2026-01-01T00:00:00.000Z', meta: { a: [1] } }
    await db.insert('articles', row)
    await db.insert('users', { id: 'u', email: 'u@x' })
    await db.insert('posts', { id: 'p', authorId: 'u' })
    const again = await reopen()
    assert.deepEqual(await again.migrate(schemas), { created: [], extended: [], warnings: [] })
    assert.deepEqual(await again.find('articles'), [row])
    await assert.rejects(again.insert('users', { id: 'v', email: 'u@x' }), { name: 'UniqueViolationError' })
    await assert.rejects(again.delete('users', 'u'), { name: 'ReferenceViolationError' })
  }),

  durableRule('an integer id is not used again after a restart', async (db, reopen) => {
    await db.migrate([numbered('logs')])
    await db.insertMany('logs', [{}, {}, { id: 40 }])
    await db.delete('logs', 40)
    const again = await reopen()
    await again.migrate([numbered('logs')])
    assert.equal((await again.insert('logs', {})).id, 41)
  }),

  durableRule('the type of a column is remembered', async (db, reopen) => {
    await db.migrate([collection('notes', column('value', 'string'))])
    const again = await reopen()
    for (const type of ['date', 'json', 'number', 'boolean'] as const) {
      await assert.rejects(again.migrate([collection('notes', column('value', type))]), { name: 'MigrationError' })
    }
  }),

  durableRule('what a closing adapter had begun is there', async (db, reopen) => {
    await db.migrate([articles])
    const writes = Array.from({ length: 20 }, (_, n) => db.insert('articles', { id: `a${n}` }))
    const again = await reopen()
    await Promise.all(writes)
    await again.migrate([articles])
    assert.equal(await again.count('articles'), 20)
  }),
]

/** A rule that closes its adapter half-way and goes on with a new one on the same database. */
function durableRule(
  name: string,
  work: (db: IDatabaseAdapter, reopen: () => Promise<IDatabaseAdapter>) => Promise<void>,
): Rule<DurableAdapterSubject> {
  return {
    name,
    async run(subject) {
      let db = await subject.open()
      const reopen = async () => {
        await db.close()
        db = await subject.reopen(db)
        return db
      }
      try {
        await work(db, reopen)
      } finally {
        await db.close()
      }
    },
  }
}
