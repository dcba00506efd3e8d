import type { Column } from '@json-express/core'
import t from 'tap'
import { startPostgres } from '../../../test/harness/servers/postgres-server.js'
import { collection, column, databaseAfter } from './fixtures/tables.js'

t.test('tables that were there before', async (t) => {
  const server = await startPostgres(t)
  const empty = databaseAfter(server)

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
})
