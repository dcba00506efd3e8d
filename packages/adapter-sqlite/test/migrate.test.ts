import { join } from 'node:path'
import type { CollectionSchema, Column } from '@json-express/core'
import Database from 'libsql'
import t from 'tap'
import { createSqliteAdapter } from '../src/index.js'

const column = (name: string, options: Partial<Column> = {}): Column => ({
  ...{ name, type: 'string', required: false, unique: false, index: false },
  ...options,
})
const collection = (name: string, ...columns: Column[]): CollectionSchema => ({
  name,
  columns: [column('id'), ...columns],
})

t.test('what SQLite cannot change is a warning at every start', async (t) => {
  const db = createSqliteAdapter({ file: ':memory:' })
  t.teardown(() => db.close())
  const references = { collection: 'users', onDelete: 'restrict' } as const
  await db.migrate([
    collection('users', column('email', { unique: true })),
    collection('posts', column('by'), column('to', { references })),
  ])
  const changed = [
    collection('users', column('email')),
    collection(
      'posts',
      column('by', { references }),
      column('to', { references: { ...references, onDelete: 'cascade' } }),
    ),
  ]
  for (const extended of [['posts.by'], []]) {
    t.strictSame(await db.migrate(changed), {
      created: [],
      extended,
      warnings: [
        'users.email is no longer unique in the model, but the database goes on keeping it unique',
        'posts.by has no foreign key and should have a foreign key to users (restrict): SQLite cannot change that on an existing column',
        'posts.to has a foreign key to users (restrict) and should have a foreign key to users (cascade): SQLite cannot change that on an existing column',
      ],
    })
  }
})

t.test('names that SQLite does not tell apart or keeps for itself are refused', async (t) => {
  const db = createSqliteAdapter({ file: ':memory:' })
  t.teardown(() => db.close())
  await t.rejects(db.migrate([collection('notes'), collection('Notes')]), {
    name: 'MigrationError',
    message: /The collections notes and Notes differ in upper and lower case only/,
  })
  await t.rejects(db.migrate([collection('notes', column('text'), column('Text'), column('ID'))]), {
    name: 'MigrationError',
    message: /The fields notes\.text and Text differ.*\n.*The fields notes\.id and ID differ/s,
  })
  await t.rejects(db.migrate([collection('SQLite_notes')]), { name: 'MigrationError', message: /SQLite keeps names/ })
  t.strictSame((await db.migrate([collection('notes')])).created, ['notes'], 'nothing was left behind')
})

t.test('a table that was there before is taken over when it fits', async (t) => {
  const file = join(t.testdir(), 'data.sqlite')
  const raw = new Database(file)
  raw.exec(`
    CREATE TABLE books (ID TEXT PRIMARY KEY, title TEXT, pages REAL, "notOurs" BLOB);
    CREATE TABLE films (id TEXT, title VARCHAR(20));
    CREATE UNIQUE INDEX title ON books (title);
    INSERT INTO books VALUES ('a', 'Title', 12, x'00');
  `)
  raw.close()
  const db = createSqliteAdapter({ file })
  t.teardown(() => db.close())
  const books = collection('books', column('title', { unique: true }), column('pages', { type: 'number', index: true }))
  t.strictSame(await db.migrate([books]), { created: [], extended: ['books.pages'], warnings: [] })
  t.strictSame(await db.find('books'), [{ id: 'a', title: 'Title', pages: 12 }])
  await t.rejects(db.migrate([collection('films', column('title'))]), {
    name: 'MigrationError',
    message: /^films\.id is not the primary key.*\nfilms\.title is stored as VARCHAR\(20\), the model says string: /,
  })
})

t.test('a default that does not fit is refused', async (t) => {
  const db = createSqliteAdapter({ file: ':memory:' })
  t.teardown(() => db.close())
  await db.migrate([collection('notes')])
  await db.insert('notes', { id: 'a' })
  const broken = collection(
    'notes',
    column('stars', { type: 'number', default: 'many' }),
    column('bookId', { default: 'nix', references: { collection: 'notes', onDelete: 'setNull' } }),
  )
  await t.rejects(db.migrate([broken]), {
    name: 'MigrationError',
    message: /^The default is wrong: notes\.stars takes a number.*\nThe default is wrong: notes\.bookId refers to/,
  })
})
