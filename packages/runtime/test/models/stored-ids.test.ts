import { createMemoryAdapter } from '@json-express/adapter-memory'
import type { CollectionSchema, Column } from '@json-express/core'
import t from 'tap'
import { integerIds } from '../../src/models/stored-ids.js'

const table = (name: string, type: Column['type']): CollectionSchema => ({
  name,
  columns: [{ name: 'id', type, required: true, unique: false, index: false }],
})

t.test('the database tells which collections count their ids, and stays as it is', async (t) => {
  const db = createMemoryAdapter()
  t.strictSame(await integerIds(db, ['posts', 'notes']), new Set(), 'nothing is there yet')
  await db.migrate([table('posts', 'integer'), table('notes', 'string')])
  t.strictSame(await integerIds(db, ['posts', 'notes', 'later']), new Set(['posts']))
  t.strictSame(await integerIds(db, ['notes', 'later']), new Set())
  t.strictSame(await integerIds(db, []), new Set())
  t.match(await db.plan([table('later', 'string')]), { created: ['later'] })
})

t.test('a database that does not answer stops it', async (t) => {
  const db = createMemoryAdapter()
  await db.close()
  await t.rejects(integerIds(db, ['posts']), { name: 'UnavailableError' })
})
