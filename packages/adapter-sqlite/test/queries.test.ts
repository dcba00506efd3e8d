import { join } from 'node:path'
import type { Query } from '@json-express/core'
import Database from 'libsql'
import t from 'tap'
import { createSqliteAdapter } from '../src/index.js'
import { queries } from '../src/queries.js'
import { createTable } from '../src/table.js'
import { logs, users } from './fixtures/schemas.js'

const usersTable = createTable(users)
const logsTable = createTable(logs)

t.test('look-ups use an index', async (t) => {
  const file = join(t.testdir(), 'data.sqlite')
  const db = createSqliteAdapter({ file })
  await db.migrate([users, logs])
  await db.insertMany(
    'users',
    Array.from({ length: 500 }, (_, n) => ({ id: `u${n}`, email: `${n}@x` })),
  )
  await db.insertMany(
    'logs',
    Array.from({ length: 500 }, (_, n) => ({ who: `u${n % 10}` })),
  )
  await db.close()
  const raw = new Database(file)
  t.teardown(() => raw.close())
  const where = (field: string, op: 'eq' | 'in', value: string): NonNullable<Query['where']> =>
    op === 'eq' ? [{ field, op, value }] : [{ field, op, value: [value, 'another'] }]

  const statements = {
    'by id': queries.findById(usersTable, ['id', 'email']),
    'by ids': queries.findByIds(usersTable, ['id', 'email']),
    'by integer id': queries.findById(logsTable, ['id']),
    'by integer ids': queries.findByIds(logsTable, ['id']),
    'by unique column': queries.find(usersTable, ['id'], { where: where('email', 'eq', '7@x') }),
    'by unique column, any of': queries.find(usersTable, ['id'], { where: where('email', 'in', '7@x') }),
    'by reference': queries.find(usersTable, ['id'], { where: where('bossId', 'eq', 'u1') }),
    'by reference, any of': queries.find(usersTable, ['id'], { where: where('bossId', 'in', 'u1') }),
    'by index': queries.find(logsTable, ['id'], { where: where('who', 'eq', 'u1') }),
    'missing reference': queries.find(usersTable, ['id'], { where: [{ field: 'bossId', op: 'eq', value: null }] }),
    update: queries.update(usersTable, 'u1', { email: 'x' }, { ifMatch: { active: null } }),
    delete: queries.delete(usersTable, 'u1', {}),
    'count by reference': queries.count(usersTable, { where: [{ field: 'bossId', op: 'eq', value: 'u1' }] }),
  }
  for (const [name, { sql, parameters }] of Object.entries(statements)) {
    const plan = raw
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all(parameters)
      .map((step) => (step as { detail: string }).detail)
    t.match(plan.join('\n'), /SEARCH (users|logs) USING/, `${name}: ${plan.join('; ')}`)
    t.notMatch(plan.join('\n'), /SCAN (users|logs)/, name)
  }

  const page = queries.find(usersTable, ['id'], { limit: 50, offset: 100 })
  const [step] = raw.prepare(`EXPLAIN QUERY PLAN ${page.sql}`).all(page.parameters) as { detail: string }[]
  t.match(step?.detail, /USING (COVERING )?INDEX/, 'a page without a sort is not sorted first')
})

t.test('values never become part of the SQL', async (t) => {
  const marker = "marker' OR 1=1 --"
  const statements = [
    queries.find(usersTable, ['id'], {
      where: [
        { field: 'email', op: 'eq', value: marker },
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
