import { join } from 'node:path'
import Database from 'libsql'
import t, { type Test } from 'tap'
import { connect } from '../src/connection.js'

/** In the rollback journal mode readers meet locks, too, which with a write-ahead log takes a crash. */
function twoConnections(t: Test) {
  const file = join(t.testdir(), 'data.sqlite')
  const other = new Database(file)
  other.exec("CREATE TABLE t (id TEXT PRIMARY KEY); INSERT INTO t VALUES ('a')")
  const connection = connect(() => new Database(file, { timeout: 0 }))
  t.teardown(() => {
    connection.close()
    other.close()
  })
  return { connection, other }
}

for (const method of ['all', 'first'] as const) {
  t.test(`a statement that met a lock does not stay under way: ${method}`, async (t) => {
    const { connection, other } = twoConnections(t)
    const lookUp = () => connection[method]('SELECT id FROM t WHERE id = ?', ['a'])
    lookUp()
    other.exec('BEGIN EXCLUSIVE')
    t.throws(lookUp, { name: 'UnavailableError' })
    other.exec('COMMIT')
    t.strictSame(connection.all('SELECT id FROM t', []), [['a']])
    other.exec("INSERT INTO t VALUES ('b')")
    t.strictSame(connection.all('SELECT id FROM t', []), [['a'], ['b']], 'no lock was kept')
  })
}

t.test('what a statement wrote is committed though another one met a lock', async (t) => {
  const { connection, other } = twoConnections(t)
  other.exec('BEGIN IMMEDIATE')
  t.throws(() => connection.all('DELETE FROM t WHERE id = ? RETURNING id', ['x']), { name: 'UnavailableError' })
  t.throws(() => connection.exec('BEGIN IMMEDIATE'), { name: 'UnavailableError' })
  other.exec('COMMIT')
  connection.all('INSERT INTO t VALUES (?) RETURNING id', ['b'])
  t.equal(connection.inTransaction, false)
  t.strictSame(other.prepare('SELECT id FROM t').raw().all(), [['a'], ['b']])
})

t.test('more statements than are kept', async (t) => {
  const { connection } = twoConnections(t)
  for (let n = 0; n < 1200; n++) t.strictSame(connection.first(`SELECT ${n}, id FROM t`, []), [n, 'a'])
})
