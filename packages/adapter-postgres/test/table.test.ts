import t from 'tap'
import { createTable } from '../src/table.js'
import { logs, users } from './fixtures/schemas.js'

const usersTable = createTable(users)
const logsTable = createTable(logs)

const NOT_A_SCALAR = [{}, [], 1n, Symbol('s'), () => {}, new Date(0), Buffer.from('x'), Number.NaN]

t.test('a value of another type is refused', async (t) => {
  for (const value of NOT_A_SCALAR) {
    for (const [table, field] of [[usersTable, 'email'] as const, [usersTable, 'active'], [logsTable, 'n']] as const) {
      t.throws(() => table.encode(field, value), { name: 'TypeError', message: new RegExp(field) })
    }
    t.throws(() => logsTable.encode('id', value), { name: 'TypeError', message: /logs\.id takes a integer/ })
    t.equal(usersTable.isId(value as never), false)
    t.equal(logsTable.isId(value as never), false)
  }
  t.throws(() => usersTable.encode('active', 1), { name: 'TypeError' })
  t.throws(() => logsTable.encode('id', 1.5), { name: 'TypeError' })
  t.throws(() => logsTable.encode('n', '1'), { name: 'TypeError' })
  t.throws(() => usersTable.encode('nix', 1), { name: 'TypeError', message: 'users has no column "nix"' })
})

t.test('text that PostgreSQL does not store is refused, and is no id', async (t) => {
  for (const text of ['cut\0off', 'lone \ud800 surrogate']) {
    t.throws(() => usersTable.encode('email', text), { message: 'users.email takes well-formed text without NUL' })
    t.equal(usersTable.isId(text), false)
  }
  t.equal(logsTable.encode('meta', { nul: 'a\0b', half: '\ud800' }), '{"nul":"a\\u0000b","half":"\\ud800"}')
})

t.test('minus zero is zero', async (t) => {
  t.ok(Object.is(logsTable.encode('n', -0), 0))
  t.ok(Object.is(logsTable.encode('id', -0), 0))
})
