import type { Condition, Query } from '@json-express/core'
import pg from 'pg'
import t from 'tap'
import { startPostgres } from '../../../test/harness/servers/postgres-server.js'
import { createPostgresAdapter } from '../src/index.js'
import { queries } from '../src/queries.js'
import { createTable } from '../src/table.js'
import { logs, users } from './fixtures/schemas.js'

const usersTable = createTable(users)
const logsTable = createTable(logs)

t.test('on a server', async (t) => {
  const server = await startPostgres(t)

  t.test('look-ups, sorted pages and comparisons use an index', async (t) => {
    const url = await server.database()
    const db = await createPostgresAdapter({ url })
    await db.migrate([users, logs])
    const some = Array.from({ length: 2000 }, (_, n) => n)
    await db.insertMany(
      'users',
      some.map((n) => ({ id: `u${n}`, email: `${n}@x` })),
    )
    await db.insertMany(
      'users',
      some.map((n) => ({ id: `v${n}`, bossId: `u${n % 500}` })),
    )
    await db.insertMany(
      'logs',
      some.map((n) => ({ who: `u${n}` })),
    )
    await db.close()
    await server.query('ANALYZE', url)
    const client = new pg.Client(url)
    await client.connect()
    t.teardown(() => client.end())

    const find = (where: Condition, query: Query = {}) => queries.find(usersTable, ['id'], { where: [where], ...query })
    const statements = {
      'by id': { ...queries.findById(usersTable, ['id', 'email']), parameters: ['u1'] },
      'by ids': { ...queries.findByIds(usersTable, ['id', 'email']), parameters: [['u1', 'u2']] },
      'by integer id': { ...queries.findById(logsTable, ['id', 'who']), parameters: [1] },
      'by integer ids': { ...queries.findByIds(logsTable, ['id', 'who']), parameters: [[1, 2]] },
      'by unique column': find({ field: 'email', op: 'eq', value: '7@x' }),
      'by unique column, any of': find({ field: 'email', op: 'in', value: ['7@x', '8@x'] }),
      'by unique column, from there on': find({ field: 'email', op: 'gt', value: '999@w' }),
      'by reference': find({ field: 'bossId', op: 'eq', value: 'u1' }),
      'by reference, any of': find({ field: 'bossId', op: 'in', value: ['u1', 'u2'] }),
      'by index': queries.find(logsTable, ['id', 'n'], { where: [{ field: 'who', op: 'eq', value: 'u1' }] }),
      update: queries.update(usersTable, 'u1', { email: 'x' }, { ifMatch: { active: null } }),
      delete: queries.delete(usersTable, 'u1', {}),
      'count by reference': queries.count(usersTable, { where: [{ field: 'bossId', op: 'eq', value: 'u1' }] }),
      'a page by id': queries.find(usersTable, ['id', 'email'], { limit: 50, offset: 100 }),
      'a page backwards by id': queries.find(usersTable, ['email'], {
        sort: [{ field: 'id', direction: 'desc' }],
        limit: 50,
      }),
      'a sorted page': queries.find(usersTable, ['id'], { sort: [{ field: 'email', direction: 'asc' }], limit: 50 }),
      'a page sorted backwards': queries.find(logsTable, ['id', 'n'], {
        sort: [{ field: 'who', direction: 'desc' }],
        limit: 50,
      }),
    }
    for (const [name, { sql, parameters }] of Object.entries(statements)) {
      const { rows } = await client.query(`EXPLAIN ${sql}`, [...parameters])
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
      t.match(plan, /Index (Only )?Scan/, `${name}: ${plan}`)
      t.notMatch(plan, /Seq Scan/, name)
    }
  })

  t.test('conditions that the type of a column cannot hold', async (t) => {
    const db = await createPostgresAdapter({ url: await server.database() })
    t.teardown(() => db.close())
    await db.migrate([users, logs])
    await db.insertMany('logs', [{ n: 5, who: '5' }, { n: 6, who: 'true' }, {}])
    const ids = async (...where: Condition[]) => (await db.find('logs', { where })).map(({ id }) => id)
    t.strictSame(await ids({ field: 'n', op: 'eq', value: '5' }), [])
    t.strictSame(await ids({ field: 'who', op: 'eq', value: 5 }), [])
    t.strictSame(await ids({ field: 'who', op: 'ne', value: true }), [1, 2, 3])
    t.strictSame(await ids({ field: 'who', op: 'in', value: [5, true, 'true', 'a\0b', null] }), [2, 3])
    t.strictSame(await ids({ field: 'n', op: 'notIn', value: ['5', 6] }), [1, 3])
    t.strictSame(await ids({ field: 'n', op: 'like', value: '5' }), [])
    t.strictSame(await ids({ field: 'who', op: 'eq', value: 'a\0b' }), [])
    t.strictSame(await ids({ field: 'who', op: 'like', value: '\ud800' }), [])
    t.strictSame(await ids({ field: 'id', op: 'eq', value: 1.5 }), [])
    t.strictSame(await ids({ field: 'id', op: 'gt', value: 1.5 }), [2, 3])
    t.strictSame(await ids({ field: 'id', op: 'lt', value: 1e300 }), [1, 2, 3])
    t.strictSame(await ids({ field: 'id', op: 'in', value: [2, 2.5, 1e300] }), [2])
    t.strictSame(await ids({ field: 'n', op: 'lt', value: Number.POSITIVE_INFINITY }), [1, 2])
    await t.rejects(ids({ field: 'n', op: 'gt', value: 'x' }), { name: 'TypeError', message: /n is a number/ })
    await t.rejects(ids({ field: 'who', op: 'gt', value: 'a\0' }), { name: 'TypeError' })
    for (const wrong of [Number.NaN, {}, 1n, undefined] as unknown as string[]) {
      for (const op of ['eq', 'ne', 'gt', 'like'] as const) {
        await t.rejects(ids({ field: 'who', op, value: wrong }), { name: 'TypeError' }, op)
      }
      await t.rejects(ids({ field: 'who', op: 'in', value: [wrong] }), { name: 'TypeError' })
    }
  })
})

t.test('values never become part of the SQL', async (t) => {
  const marker = "marker' OR 1=1 --"
  const statements = [
    queries.find(usersTable, ['id'], {
      where: [
        { field: 'email', op: 'eq', value: marker },
        { field: 'email', op: 'ne', value: marker },
        { field: 'email', op: 'gt', value: marker },
        { field: 'email', op: 'in', value: [marker] },
        { field: 'email', op: 'like', value: marker },
      ],
      search: { fields: ['email'], text: marker },
    }),
    queries.update(usersTable, marker, { email: marker }, { ifMatch: { email: marker } }),
    queries.delete(usersTable, marker, { ifMatch: { email: marker } }),
  ]
  for (const { sql } of statements) t.notMatch(sql, /marker/)
})

t.test('a list has one statement however long it is', async (t) => {
  const any = (value: string[]) =>
    queries.find(usersTable, ['id'], { where: [{ field: 'email', op: 'in', value }] }).sql
  t.equal(any(['a']), any(['a', 'b', 'c']))
})
