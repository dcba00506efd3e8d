import type { CollectionSchema, Column } from '@json-express/core'
import pg from 'pg'
import t, { type Test } from 'tap'
import { startPostgres } from '../../../test/harness/servers/postgres-server.js'
import { createPostgresAdapter } from '../src/index.js'
import { logs, users } from './fixtures/schemas.js'

const NOTHING = { created: [], extended: [], warnings: [], statements: [] }

const none = { required: false, unique: false, index: false }
const withColumns = (schema: CollectionSchema, ...columns: Column[]): CollectionSchema => ({
  ...schema,
  columns: [...schema.columns, ...columns],
})

t.test('a plan', async (t) => {
  const server = await startPostgres(t)
  const opened = async (t: Test) => {
    const url = await server.database()
    const db = await createPostgresAdapter({ url, statementTimeout: 500 })
    t.teardown(() => db.close())
    return { url, db }
  }
  const tables = async (url: string) =>
    (await server.query('SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace', url)).length

  t.test('tells what a migration does, and does nothing', async (t) => {
    const { url, db } = await opened(t)
    const { statements, ...report } = await db.plan([users, logs])
    t.strictSame(report, { created: ['users', 'logs'], extended: [], warnings: [] })
    t.match(statements.join('\n'), /create table "users".*create unique index.*foreign key \("bossId"\)/s)
    t.equal(await tables(url), 0)
    await t.rejects(db.find('users'), { message: /migrate it first/ })
    t.strictSame(await db.plan([users, logs]), { ...report, statements }, 'again')
    t.strictSame(await db.migrate([users, logs]), report)
    t.strictSame(await db.plan([users, logs]), NOTHING, 'a second start has nothing to do')
  })

  t.test('run by an operator is a migration, values and all', async (t) => {
    const { url, db } = await opened(t)
    await db.migrate([users, logs])
    await db.insertMany('users', [{ id: 'a' }, { id: 'b' }])
    await db.insertMany('logs', [{}, {}])
    const texts = ["it's; --", "\\' :x \\n", '$$ $1 %s', 'line\nbreak', '😀']
    const columns = texts.map((text, n): Column => ({ name: `c${n}`, type: 'string', ...none, default: text }))
    const schemas = [
      withColumns(users, ...columns, {
        name: 'meta',
        type: 'json',
        ...none,
        index: true,
        default: { "it's": ['\0', 1e300] },
      }),
      withColumns(logs, {
        name: 'userId',
        type: 'string',
        ...none,
        references: { collection: 'users', onDelete: 'restrict' },
      }),
    ]
    const { statements, ...report } = await db.plan(schemas)
    await server.query(`BEGIN;\n${statements.join(';\n')};\nCOMMIT`, url)
    t.strictSame(report.extended, [...columns.map(({ name }) => `users.${name}`), 'users.meta', 'logs.userId'])
    t.strictSame(await db.plan(schemas), NOTHING)
    t.strictSame(await db.migrate(schemas), { created: [], extended: [], warnings: [] })
    const [row] = await db.findByIds('users', ['a'])
    t.strictSame([texts.map((_, n) => row?.[`c${n}`]), row?.meta], [texts, { "it's": ['\0', 1e300] }])
    t.equal((await db.insert('logs', {})).id, 3)
  })

  t.test('is refused as the migration is', async (t) => {
    const { url, db } = await opened(t)
    await db.migrate([users])
    await db.insert('users', { id: 'a' })
    const refused = [withColumns(users, { name: 'must', type: 'number', ...none, required: true })]
    const messages = await Promise.all(
      [db.plan(refused), db.migrate(refused)].map((call) =>
        call.then(
          () => 'done',
          ({ name, message }) => [name, message],
        ),
      ),
    )
    t.strictSame(messages[0], messages[1])
    t.match(messages[0], ['MigrationError', /^users\.must is new and required/])

    const other = new pg.Client(url)
    await other.connect()
    t.teardown(() => other.end())
    await other.query('BEGIN; LOCK TABLE users')
    await t.rejects(
      db.plan(refused),
      { name: 'UnavailableError' },
      'a table that is being changed is waited for, bounded',
    )
    await other.query('ROLLBACK')
    await db.close()
    await t.rejects(db.plan(refused), { name: 'UnavailableError' })
  })
})
