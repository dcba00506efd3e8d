import type { CollectionSchema, Column } from '@json-express/core'
import t from 'tap'
import { startPostgres } from '../../../test/harness/servers/postgres-server.js'
import { createPostgresAdapter } from '../src/index.js'
import { mayCascadeIntoRestriction } from '../src/restrictions.js'
import { createTable } from '../src/table.js'

type OnDelete = NonNullable<Column['references']>['onDelete']

const plain = { type: 'string', required: false, unique: false, index: false } as const
const collection = (name: string, references: Record<string, [collection: string, onDelete: OnDelete]> = {}) => ({
  name,
  columns: [
    { name: 'id', ...plain },
    ...Object.entries(references).map(([field, [target, onDelete]]) => ({
      ...{ name: field, ...plain, references: { collection: target, onDelete } },
    })),
  ],
})

const users = collection('users')
const posts = collection('posts', { by: ['users', 'cascade'] })
const comments = collection('comments', { by: ['users', 'restrict'], post: ['posts', 'cascade'] })

t.test('which deletes may meet a restriction by what they delete themselves', async (t) => {
  const may = (name: string, ...schemas: CollectionSchema[]) =>
    mayCascadeIntoRestriction(new Map(schemas.map((schema) => [schema.name, createTable(schema)])), name)
  t.equal(may('users', users, posts, comments), true)
  t.equal(may('posts', users, posts, comments), false)
  t.equal(may('users', users, posts), false)
  t.equal(may('users', users, collection('pins', { by: ['users', 'restrict'] })), false)
  t.equal(may('tree', collection('tree', { up: ['tree', 'cascade'], friend: ['tree', 'restrict'] })), true)
  t.equal(may('list', collection('list', { next: ['list', 'restrict'] })), false)
  t.equal(may('ring', collection('ring', { next: ['ring', 'cascade'] })), false, 'and ends')
})

t.test('all cascades are followed before a restriction holds, whenever the references were made', async (t) => {
  const server = await startPostgres(t)
  const db = await createPostgresAdapter({ url: await server.database() })
  t.teardown(() => db.close())
  await db.migrate([users, collection('comments', { by: ['users', 'restrict'] })])
  await db.migrate([users, posts, comments])
  const user = async (id: string) => {
    await db.insert('users', { id })
    await db.insert('posts', { id: `${id}-post`, by: id })
    await db.insert('comments', { id: `${id}-comment`, by: id, post: `${id}-post` })
  }
  const missing = { name: 'ReferenceViolationError', by: { field: 'by' } }
  const refused = { name: 'ReferenceViolationError', by: { collection: 'comments' } }
  for (const id of ['a', 'b', 'c']) await user(id)
  await db.insert('comments', { id: 'b-elsewhere', by: 'b', post: 'c-post' })

  t.strictSame(await db.delete('users', 'a'), { id: 'a' })
  await t.rejects(db.delete('users', 'b'), refused)
  t.equal(await db.delete('users', 'nobody'), null)
  t.equal(await db.count('comments'), 3)

  await db.transaction(async (session) => {
    await t.rejects(session.delete('users', 'b'), refused)
    await t.rejects(session.insert('comments', { id: 'x', by: 'nobody' }), missing, 'at once, as before')
    t.strictSame(await session.delete('users', 'c'), { id: 'c' }, 'with what kept b')
    t.strictSame(await session.delete('users', 'b'), { id: 'b' })
    await t.rejects(session.insert('comments', { id: 'x', by: 'nobody' }), missing, 'and after')
  })
  t.strictSame([await db.count('users'), await db.count('posts'), await db.count('comments')], [0, 0, 0])
})
