import assert from 'node:assert/strict'
import type { CollectionSchema, Column } from '@json-express/core'
import { adapterRule, collection, column, numbered, reference } from './subject.js'

const NOTHING = { created: [], extended: [], warnings: [] }

const v1 = collection('notes', column('text'), column('kind'))
const withColumns = (...columns: Column[]): CollectionSchema =>
  collection('notes', column('text'), column('kind'), ...columns)

/** The remedy is for a person: the message names the column and is a sentence, not an error of the database. */
const refusal =
  (...parts: string[]) =>
  (error: Error) => {
    assert.equal(error.name, 'MigrationError')
    for (const part of parts) assert.ok(error.message.includes(part), `${JSON.stringify(error.message)} names ${part}`)
    assert.doesNotMatch(error.message, /constraint failed|SQLITE|syntax|violates|relation "/i)
    return true
  }

export const migrationRules = [
  adapterRule('migrate creates collections and a second run has nothing to do', [], async (db) => {
    const schemas = [
      collection(
        'users',
        column('email', 'string', { unique: true, required: true }),
        column('age', 'number', { index: true }),
      ),
      numbered('posts', reference('authorId', 'users', 'cascade'), column('meta', 'json'), column('at', 'date')),
    ]
    assert.deepEqual(await db.migrate(schemas), { ...NOTHING, created: ['users', 'posts'] })
    assert.deepEqual(await db.migrate(schemas), NOTHING)
    assert.deepEqual(await db.migrate([...schemas].reverse()), NOTHING)
    assert.deepEqual(await db.migrate([collection('tags')]), { ...NOTHING, created: ['tags'] })
    await db.insert('users', { id: 'u', email: 'u@x' })
    await db.insert('posts', { authorId: 'u' })
    await db.insert('tags', { id: 't' })
    assert.deepEqual(await db.migrate([]), NOTHING)
  }),

  adapterRule('plan says what migrate would do, and does nothing', [v1], async (db) => {
    await db.insert('notes', { id: 'a', text: 'A', kind: 'k' })
    const before = await db.find('notes')
    const next = [
      withColumns(
        column('stars', 'number', { required: true, default: 3 }),
        column('title', 'string', { default: "it's" }),
      ),
      collection('tags', reference('noteId', 'notes', 'cascade')),
    ]
    const { statements, ...planned } = await db.plan(next)
    assert.deepEqual(planned, { ...NOTHING, created: ['tags'], extended: ['notes.stars', 'notes.title'] })
    for (const statement of statements) assert.match(statement, /^[^?]+$/, 'nothing is left to bind')
    assert.deepEqual(await db.find('notes'), before)
    assert.deepEqual(await db.plan(next), { ...planned, statements }, 'nothing was done')
    assert.deepEqual(await db.migrate(next), planned)
    assert.deepEqual(await db.plan(next), { ...NOTHING, statements: [] })
    await assert.rejects(
      () => db.plan([withColumns(column('must', 'string', { required: true }))]),
      refusal('notes.must', 'required', 'default'),
    )
  }),

  adapterRule('a new column gets its default in the rows that are there', [v1], async (db) => {
    await db.insertMany('notes', [
      { id: 'a', text: 'A' },
      { id: 'b', text: 'B' },
    ])
    const v2 = withColumns(
      column('stars', 'number', { required: true, default: 0 }),
      column('open', 'boolean', { default: true }),
      column('meta', 'json', { default: { tags: ["it's"] } }),
      column('title', 'string', { required: true, default: "it's; --" }),
      column('at', 'date', { default: '2026-01-01T00:00:00.000Z' }),
      column('plain'),
    )
    const report = await db.migrate([v2])
    assert.deepEqual(report, {
      ...NOTHING,
      extended: ['notes.stars', 'notes.open', 'notes.meta', 'notes.title', 'notes.at', 'notes.plain'],
    })
    const added = {
      kind: null,
      stars: 0,
      open: true,
      meta: { tags: ["it's"] },
      title: "it's; --",
      at: '2026-01-01T00:00:00.000Z',
      plain: null,
    }
    assert.deepEqual(await db.find('notes'), [
      { id: 'a', text: 'A', ...added },
      { id: 'b', text: 'B', ...added },
    ])
    // Defaults of new rows are given above the adapter.
    assert.equal((await db.insert('notes', { id: 'c' })).stars, null)
    assert.deepEqual((await db.migrate([withColumns(column('stars', 'number'))])).extended, [])
  }),

  adapterRule('a new required column needs a default where rows are', [v1, collection('empty')], async (db) => {
    assert.deepEqual((await db.migrate([collection('empty', column('must', 'string', { required: true }))])).extended, [
      'empty.must',
    ])
    await db.insert('notes', { id: 'a' })
    const schema = withColumns(column('must', 'string', { required: true }))
    await assert.rejects(db.migrate([schema]), refusal('notes.must', 'required', 'default'))
    assert.deepEqual(await db.find('notes'), [{ id: 'a', text: null, kind: null }])
    await db.delete('notes', 'a')
    assert.deepEqual((await db.migrate([schema])).extended, ['notes.must'])
  }),

  adapterRule('a column may become required when every row has a value', [v1], async (db) => {
    await db.insertMany('notes', [{ id: 'a', text: 'A' }, { id: 'b' }])
    const schema = collection('notes', column('text', 'string', { required: true }), column('kind'))
    await assert.rejects(db.migrate([schema]), refusal('notes.text', 'required', '1'))
    await db.update('notes', 'b', { text: 'B' })
    assert.deepEqual(await db.migrate([schema]), NOTHING)
  }),

  adapterRule('a column may become unique when its values are', [v1], async (db) => {
    await db.insertMany('notes', [{ id: 'a', text: 'same' }, { id: 'b', text: 'same' }, { id: 'c' }, { id: 'd' }])
    const schema = collection('notes', column('text', 'string', { unique: true }), column('kind'))
    await assert.rejects(db.migrate([schema]), refusal('notes.text', 'unique'))
    await db.insert('notes', { id: 'e', text: 'same' })
    await db.update('notes', 'b', { text: 'other' })
    await db.delete('notes', 'e')
    assert.deepEqual(await db.migrate([schema]), { ...NOTHING, extended: ['notes.text'] })
    assert.deepEqual(await db.migrate([schema]), NOTHING)
    await assert.rejects(db.insert('notes', { id: 'f', text: 'same' }), {
      name: 'UniqueViolationError',
      fields: ['text'],
    })
  }),

  adapterRule('a new unique column with one default for many rows is refused', [v1], async (db) => {
    await db.insertMany('notes', [{ id: 'a' }, { id: 'b' }])
    const schema = withColumns(column('code', 'string', { unique: true, default: 'x' }))
    await assert.rejects(db.migrate([schema]), refusal('notes.code', 'unique'))
    assert.deepEqual((await db.migrate([withColumns(column('code', 'string', { unique: true }))])).extended, [
      'notes.code',
    ])
  }),

  adapterRule('an index may be added', [v1], async (db) => {
    await db.insertMany('notes', [
      { id: 'a', text: 'same' },
      { id: 'b', text: 'same' },
    ])
    const schema = collection('notes', column('text', 'string', { index: true }), column('kind'))
    assert.deepEqual(await db.migrate([schema]), { ...NOTHING, extended: ['notes.text'] })
    assert.deepEqual(await db.migrate([schema]), NOTHING)
    assert.equal(await db.count('notes', { where: [{ field: 'text', op: 'eq', value: 'same' }] }), 2)
  }),

  adapterRule('a column cannot change its type', [], async (db) => {
    const typed = (type: 'string' | 'number' | 'boolean' | 'date' | 'json') =>
      collection('notes', column('value', type))
    await db.migrate([typed('string')])
    for (const type of ['number', 'boolean', 'date', 'json'] as const) {
      await assert.rejects(db.migrate([typed(type)]), refusal('notes.value', 'string', type))
    }
    assert.deepEqual(await db.migrate([typed('string')]), NOTHING)
    await db.insert('notes', { id: 'a', value: 'text' })
    const renumbered = numbered('notes', column('value'))
    await assert.rejects(db.migrate([renumbered]), refusal('notes.id', 'string', 'integer'))
  }),

  adapterRule('a column that the model leaves out keeps its values', [v1], async (db) => {
    await db.insert('notes', { id: 'a', text: 'A', kind: 'K' })
    assert.deepEqual(await db.migrate([collection('notes', column('text'))]), NOTHING)
    assert.deepEqual(await db.find('notes'), [{ id: 'a', text: 'A' }])
    await db.update('notes', 'a', { text: 'B' })
    await db.migrate([v1])
    assert.deepEqual(await db.find('notes'), [{ id: 'a', text: 'B', kind: 'K' }])
  }),

  adapterRule('a new reference is kept like an old one', [v1], async (db) => {
    await db.insert('notes', { id: 'a' })
    await db.migrate([withColumns(reference('bookId', 'books', 'setNull')), collection('books')])
    await assert.rejects(db.update('notes', 'a', { bookId: 'nix' }), {
      name: 'ReferenceViolationError',
      by: { field: 'bookId' },
    })
    await db.insert('books', { id: 'b' })
    await db.update('notes', 'a', { bookId: 'b' })
    await db.delete('books', 'b')
    assert.deepEqual(await db.find('notes', { fields: ['bookId'] }), [{ id: 'a', bookId: null }])
  }),

  adapterRule('a reference needs a collection to refer to', [], async (db) => {
    await assert.rejects(
      db.migrate([collection('notes', reference('bookId', 'books'))]),
      refusal('notes.bookId', 'books'),
    )
  }),

  adapterRule('a migration that is refused changes nothing and names everything that is wrong', [v1], async (db) => {
    await db.insert('notes', { id: 'a' })
    const must = column('must', 'string', { required: true })
    const broken = [
      collection('fresh'),
      withColumns(column('fine'), must, column('worse', 'number', { required: true })),
    ]
    await assert.rejects(db.migrate(broken), refusal('notes.must', 'notes.worse'))
    await assert.rejects(db.find('fresh'))
    assert.deepEqual(await db.find('notes'), [{ id: 'a', text: null, kind: null }])
    const mended = await db.migrate([collection('fresh'), withColumns(column('fine'))])
    assert.deepEqual(mended, { ...NOTHING, created: ['fresh'], extended: ['notes.fine'] })
  }),

  adapterRule('parallel migrations make each thing once', [], async (db) => {
    const schemas = [
      collection('users', column('email', 'string', { unique: true })),
      collection('posts', reference('authorId', 'users')),
    ]
    const reports = await Promise.all(Array.from({ length: 5 }, () => db.migrate(schemas)))
    assert.deepEqual(reports.flatMap(({ created }) => created).sort(), ['posts', 'users'])
  }),

  adapterRule('integer ids go on after a migration', [numbered('logs')], async (db) => {
    await db.insertMany('logs', [{}, {}, {}])
    await db.delete('logs', 3)
    await db.migrate([numbered('logs', column('text', 'string', { unique: true }))])
    assert.equal((await db.insert('logs', {})).id, 4)
  }),
]
