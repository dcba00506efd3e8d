import type { CollectionSchema, Column } from '@json-express/core'
import pg from 'pg'
import t from 'tap'
import { startPostgres } from '../../../test/harness/servers/postgres-server.js'
import { createConnections } from '../src/connections.js'
import { createPostgresAdapter } from '../src/index.js'
import { migrate } from '../src/migrate.js'
import { logs, users } from './fixtures/schemas.js'

const column = (name: string, options: Partial<Column> = {}): Column => ({
  ...{ name, type: 'string', required: false, unique: false, index: false },
  ...options,
})
const collection = (name: string, ...columns: Column[]): CollectionSchema => ({
  name,
  columns: [column('id'), ...columns],
})
const references = { collection: 'users', onDelete: 'restrict' } as const

t.test('migrations', async (t) => {
  const server = await startPostgres(t)
  const empty = async (t: { teardown(fn: () => unknown): void }, sql = 'SELECT') => {
    const url = await server.database()
    await server.query(sql, url)
    const db = await createPostgresAdapter({ url, statementTimeout: 1000 })
    t.teardown(() => db.close())
    return { url, db }
  }

  t.test('what is not undone is a warning at every start', async (t) => {
    const { db } = await empty(t)
    await db.migrate([
      collection('users', column('email', { unique: true })),
      collection('posts', column('by', { references }), column('to', { references })),
    ])
    const changed = [
      collection('users', column('email')),
      collection('posts', column('by'), column('to', { references: { ...references, onDelete: 'cascade' } })),
    ]
    for (let start = 0; start < 2; start++) {
      t.strictSame(await db.migrate(changed), {
        created: [],
        extended: [],
        warnings: [
          'users.email is no longer unique in the model, but the database goes on keeping it unique',
          'posts.by has a foreign key to users (restrict) and should have no foreign key: it is left as it is, since nothing is dropped',
          'posts.to has a foreign key to users (restrict) and should have a foreign key to users (cascade): it is left as it is, since nothing is dropped',
        ],
      })
    }
  })

  t.test('an existing column gets its foreign key once the rows allow it', async (t) => {
    const { db } = await empty(t)
    await db.migrate([collection('posts', column('by'))])
    await db.insertMany('posts', [{ id: 'a', by: 'nobody' }, { id: 'b' }])
    const schemas = [collection('users'), collection('posts', column('by', { references }))]
    const refused = {
      name: 'MigrationError',
      message: 'posts.by refers to users now, but 1 records refer to none of its: mend or empty them first',
    }
    await t.rejects(db.migrate(schemas), refused)
    await db.migrate([collection('users')])
    await t.rejects(db.migrate(schemas), refused)
    await db.insert('users', { id: 'nobody' })
    t.strictSame(await db.migrate(schemas), { created: [], extended: ['posts.by'], warnings: [] })
    await t.rejects(db.delete('users', 'nobody'), { name: 'ReferenceViolationError', by: { collection: 'posts' } })
    t.strictSame(await db.migrate(schemas), { created: [], extended: [], warnings: [] })
  })

  t.test('names and types that PostgreSQL cannot store are refused', async (t) => {
    const { db } = await empty(t)
    const long = 'n'.repeat(64)
    await t.rejects(
      db.migrate([collection(long, column(`${long}é`)), collection('pg_class'), collection('x', column('xmin'))]),
      {
        name: 'MigrationError',
        message: [
          `${long}: a name may have 63 bytes, this one has 64`,
          `${long}.${long}é: a name may have 63 bytes, this one has 66`,
          'pg_class: PostgreSQL keeps names that begin with pg_ for itself',
          'x.xmin: PostgreSQL keeps this name for itself, rename the field',
        ].join('\n'),
      },
    )
    const wrongType = [collection('a', column('b', { references: { collection: 'c', onDelete: 'cascade' } }))]
    await t.rejects(db.migrate([...wrongType, { name: 'c', columns: [column('id', { type: 'integer' })] }]), {
      name: 'MigrationError',
      message: 'a.b is a string, but c.id, to which it refers, is a integer',
    })
    const upper = [collection('notes', column('text')), collection('Notes', column('Text'), column('text'))]
    t.strictSame((await db.migrate(upper)).created, ['notes', 'Notes'], 'upper and lower case are different')
    await db.insert('Notes', { id: 'a', Text: 'A', text: 'a' })
    t.strictSame(await db.find('notes'), [])
  })

  t.test('tables that were there before are taken over when they fit', async (t) => {
    const { db, url } = await empty(
      t,
      `CREATE TABLE books (id text PRIMARY KEY, title text, pages float8, "notOurs" bytea);
       CREATE UNIQUE INDEX title ON books (title);
       INSERT INTO books VALUES ('a', 'b', 12, ''), ('B', 'C', 3, '');
       CREATE TABLE films (id text, title varchar(20));
       CREATE VIEW views AS SELECT 1;
       CREATE TABLE counted (id bigserial PRIMARY KEY);
       INSERT INTO counted SELECT FROM generate_series(1, 3)`,
    )
    const books = collection(
      'books',
      column('title', { unique: true }),
      column('pages', { type: 'number', index: true }),
    )
    t.strictSame(await db.migrate([books]), { created: [], extended: ['books.pages'], warnings: [] })
    const sort = [{ field: 'title', direction: 'asc' }] as const
    t.strictSame(await db.find('books', { sort, fields: ['title'] }), [
      { id: 'B', title: 'C' },
      { id: 'a', title: 'b' },
    ])
    t.strictSame(
      (await db.find('books', { where: [{ field: 'title', op: 'gt', value: 'D' }] })).map(({ id }) => id),
      ['a'],
      'by code point, though the column has the collation of the database',
    )
    await t.rejects(db.insert('books', { id: 'c', title: 'b' }), { name: 'UniqueViolationError', fields: ['title'] })
    await t.rejects(db.migrate([collection('films', column('title'))]), {
      name: 'MigrationError',
      message:
        /^films\.id is not the primary key.*\nfilms\.title is stored as character varying\(20\), the model says string, which is text here: /,
    })
    await t.rejects(db.migrate([collection('views')]), {
      name: 'MigrationError',
      message: /^views is something else in this database/,
    })
    await db.migrate([{ name: 'counted', columns: [column('id', { type: 'integer' })] }])
    t.strictSame(await db.insert('counted', {}), { id: 4 })
    t.equal((await server.query('SELECT "notOurs" FROM books', url)).length, 2)
  })

  t.test('tables that were there before and would take no rows are refused', async (t) => {
    const { db, url } = await empty(
      t,
      `CREATE TABLE always (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, full_name text GENERATED ALWAYS AS ('x') STORED);
       CREATE TABLE demanding (id text PRIMARY KEY, must int NOT NULL, may int NOT NULL DEFAULT 1, counted serial);
       CREATE TABLE huge (id bigint PRIMARY KEY);
       INSERT INTO huge VALUES (9007199254740992);
       CREATE TABLE texts (id text PRIMARY KEY, meta text);
       INSERT INTO texts SELECT to_char(n, 'FM0000'), '{"n":1}' FROM generate_series(1, 2500) AS n;
       UPDATE texts SET meta = 'none' WHERE id = '2400'`,
    )
    const numbered = (name: string, ...columns: Column[]) => ({
      name,
      columns: [column('id', { type: 'integer' }), ...columns],
    })
    for (const [schema, message] of [
      [numbered('always'), /^always\.id is GENERATED ALWAYS.*DROP IDENTITY/],
      [numbered('always', column('full_name')), /\nalways\.full_name is GENERATED ALWAYS/],
      [collection('demanding'), /^demanding\.must is NOT NULL and no field of the model: give it a default[^\n]*$/],
      [numbered('huge'), /^huge\.id goes beyond 9007199254740991/],
      [
        collection('texts', column('meta', { type: 'json' })),
        /^texts\.meta is to hold JSON, but record 2400 has other/,
      ],
    ] as const) {
      await t.rejects(db.migrate([schema]), { name: 'MigrationError', message })
    }
    await server.query(`UPDATE texts SET meta = 'null' WHERE id = '2400'`, url)
    await db.migrate([collection('texts', column('meta', { type: 'json' }))])
  })

  t.test('rules of a table that was there before are told as what they are', async (t) => {
    const { db } = await empty(
      t,
      `CREATE TABLE books (id text PRIMARY KEY, title text CHECK (title <> 'no'), pages float8 NOT NULL, year float8,
         CONSTRAINT old CHECK (pages < year), EXCLUDE (year WITH =));
       CREATE UNIQUE INDEX ON books (lower(title))`,
    )
    await db.migrate([
      collection('books', column('title'), column('pages', { type: 'number' }), column('year', { type: 'number' })),
    ])
    await db.insert('books', { id: 'a', title: 'Emma', pages: 1, year: 3 })
    for (const [row, error] of [
      [
        { title: 'EMMA', pages: 1 },
        { name: 'UniqueViolationError', fields: [] },
      ],
      [
        { title: 'x', pages: 1, year: 3 },
        { name: 'UniqueViolationError', fields: ['year'] },
      ],
      [
        { title: 'no', pages: 1 },
        { name: 'RuleViolationError', fields: ['title'] },
      ],
      [{ title: 'x' }, { name: 'RuleViolationError', fields: ['pages'], rule: 'NOT NULL' }],
      [
        { pages: 2, year: 1 },
        { name: 'RuleViolationError', fields: ['pages', 'year'], rule: 'old' },
      ],
    ] as const) {
      await t.rejects(db.insert('books', { id: 'b', ...row }), error)
      await t.rejects(
        db.transaction((session) => session.insert('books', { id: 'b', ...row })),
        error,
      )
    }
  })

  t.test('a default that does not fit is refused', async (t) => {
    const { db } = await empty(t)
    await db.migrate([collection('notes')])
    await db.insert('notes', { id: 'a' })
    const toNotes = { collection: 'notes', onDelete: 'setNull' } as const
    const wrongNumber = collection('notes', column('stars', { type: 'number', default: 'many' }))
    await t.rejects(db.migrate([wrongNumber]), {
      name: 'MigrationError',
      message: /^The default is wrong: notes\.stars takes a number/,
    })
    await t.rejects(db.migrate([collection('notes', column('to', { default: 'nix', references: toNotes }))]), {
      name: 'MigrationError',
      message: 'The default is wrong: notes.to refers to a record that does not exist',
    })
    const toFresh = { collection: 'fresh', onDelete: 'setNull' } as const
    const withFresh = [collection('fresh'), collection('notes', column('to', { default: 'a', references: toFresh }))]
    await t.rejects(db.migrate(withFresh), { name: 'MigrationError', message: /notes\.to refers to a record/ })
    await db.migrate([collection('notes', column('to', { default: 'a', references: toNotes }))])
    t.strictSame(await db.find('notes'), [{ id: 'a', to: 'a' }])
  })

  t.test('defaults are text to the server, whatever they look like', async (t) => {
    const { db } = await empty(t)
    await db.migrate([collection('notes')])
    await db.insert('notes', { id: 'a' })
    const defaults = { a: "it's", b: "\\'; DROP TABLE notes; --", c: '$1 $$ \\u0041 ?', d: 'line\nbreak', e: '' }
    await db.migrate([
      collection('notes', ...Object.entries(defaults).map(([name, value]) => column(name, { default: value }))),
    ])
    t.strictSame(await db.find('notes'), [{ id: 'a', ...defaults }])
  })

  t.test('a text too long for an index is named', async (t) => {
    const { db } = await empty(t)
    await db.migrate([collection('notes', column('text'), column('key', { index: true }))])
    // Random, since a text that compresses well fits.
    const text = Array.from({ length: 4000 }, () => String.fromCharCode(33 + Math.floor(Math.random() * 90))).join('')
    await db.insert('notes', { id: 'a', text })
    await t.rejects(db.insert('notes', { id: 'b', key: text }), {
      name: 'TypeError',
      message: 'notes.key has an index, which takes about 2700 bytes of text: this is longer',
    })
    await t.rejects(db.migrate([collection('notes', column('text', { index: true }))]), {
      name: 'MigrationError',
      message: /^The index notes\.text\.index on notes takes texts of about 2700 bytes, and some are longer/,
    })
  })

  t.test('a table in use is waited for, and others are let through meanwhile', async (t) => {
    const { db, url } = await empty(t)
    await db.migrate([collection('notes')])
    const other = new pg.Client(url)
    await other.connect()
    t.teardown(() => other.end())
    await other.query('BEGIN; SELECT FROM notes')
    const migrated = db.migrate([collection('notes', column('text'))])
    // The migration asks for the whole table; whoever comes after it has to wait for it to give way, and gets through.
    let waiting = 0
    while (waiting === 0) waiting = (await server.query('SELECT FROM pg_locks WHERE NOT granted')).length
    await server.query('SELECT count(*) FROM notes', url)
    await other.query('COMMIT')
    t.strictSame((await migrated).extended, ['notes.text'])
  })

  t.test('what is held for too long by another session is told, and by what it was held up', async (t) => {
    const { db, url } = await empty(t)
    await db.migrate([collection('notes')])
    const connections = createConnections({ url, maxConnections: 1, statementTimeout: 200, connectTimeout: 5000 })
    t.teardown(() => connections.close())
    const other = new pg.Client(url)
    await other.connect()
    t.teardown(() => other.end())
    for (const [lock, told] of [
      ['SELECT pg_advisory_xact_lock(6972792)', /held up the lock that migrations take in turn for 0\.5 s/],
      ['LOCK TABLE notes IN ROW SHARE MODE', /held up alter table "notes" add column "text".* for 0\.5 s: find it/],
    ] as const) {
      await other.query(`BEGIN; ${lock}`)
      const late = migrate(connections, [collection('notes', column('text'))], 100, 500)
      await t.rejects(late, { name: 'UnavailableError', message: told })
      await other.query('COMMIT')
    }
    t.strictSame((await db.migrate([collection('notes', column('text'))])).extended, ['notes.text'])
  })

  t.test('a user who may not create tables can use those that are there, and is told what is missing', async (t) => {
    const { db, url } = await empty(t)
    await db.migrate([users, logs])
    await server.query('CREATE ROLE app LOGIN')
    await server.query('GRANT ALL ON ALL TABLES IN SCHEMA public TO app', url)
    const limited = await createPostgresAdapter({ url: url.replace('jex@', 'app@') })
    t.teardown(() => limited.close())
    t.strictSame(await limited.migrate([users, logs]), { created: [], extended: [], warnings: [] })
    t.equal((await limited.insert('logs', {})).id, 1)
    await t.rejects(limited.migrate([collection('fresh')]), {
      name: 'MigrationError',
      message: /^The database user may not change the tables: make it the owner/,
    })
  })
})
