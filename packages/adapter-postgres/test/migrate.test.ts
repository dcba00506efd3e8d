import pg from 'pg'
import t from 'tap'
import { startPostgres } from '../../../test/harness/servers/postgres-server.js'
import { createConnections } from '../src/connections.js'
import { createPostgresAdapter } from '../src/index.js'
import { migrate } from '../src/migrate.js'
import { logs, users } from './fixtures/schemas.js'
import { collection, column, databaseAfter } from './fixtures/tables.js'

const references = { collection: 'users', onDelete: 'restrict' } as const

t.test('migrations', async (t) => {
  const server = await startPostgres(t)
  const empty = databaseAfter(server)

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
