import { createMemoryAdapter } from '@json-express/adapter-memory'
import type { CollectionSchema, Row } from '@json-express/core'
import t from 'tap'
import { exportData } from '../../src/transfer/export-data.js'

const none = { required: false, unique: false, index: false }
const NOTES: CollectionSchema = {
  name: 'notes',
  columns: [
    { name: 'id', type: 'string', ...none },
    { name: 'text', type: 'string', ...none },
  ],
}
const id = (number: number) => String(number).padStart(4, '0')

t.test('large rows after small ones are read a few at a time and written one by one', async (t) => {
  const LARGE = 256 * 1024
  const large = 'x'.repeat(LARGE)
  const db = createMemoryAdapter()
  await db.migrate([NOTES])
  await db.insertMany(
    'notes',
    Array.from({ length: 180 }, (_, number) => ({ id: id(number), text: number < 60 ? 'tiny' : large })),
  )
  let most = 0
  const find: typeof db.find = async (...query) => {
    const rows: Row[] = await db.find(...query)
    most = Math.max(most, rows.length)
    return rows
  }
  let rows = 0
  let longest = 0
  for await (const line of exportData({ ...db, find }, [NOTES], () => rows++)) longest = Math.max(longest, line.length)
  t.equal(rows, 180)
  t.ok(longest < 1.1 * LARGE, `one line at a time: ${longest}`)
  t.ok(most <= 32, `at most 32 rows at a time: ${most}`)
})
