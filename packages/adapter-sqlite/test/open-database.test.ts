import { chmodSync, existsSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BootError } from '@json-express/core'
import Database from 'libsql'
import t, { type Test } from 'tap'
import { createSqliteAdapter } from '../src/index.js'
import { logs, users } from './fixtures/schemas.js'

const modeOf = (file: string) => (statSync(file).mode & 0o777).toString(8)

t.test('the file, its journals and its folder are for this user only', async (t) => {
  const folder = join(t.testdir(), 'deep', 'er')
  const file = join(folder, 'data.sqlite')
  const db = createSqliteAdapter({ file, log: { warn: () => t.fail('nothing to warn of') } })
  await db.migrate([users, logs])
  await db.insert('users', { id: 'a' })
  t.equal(modeOf(folder), '700')
  for (const end of ['', '-wal', '-shm']) t.equal(modeOf(file + end), '600', end)
  await db.close()
})

t.test('a file that others may read is a warning', async (t) => {
  const file = join(t.testdir({ 'data.sqlite': '' }), 'data.sqlite')
  chmodSync(file, 0o644)
  const warnings: object[] = []
  const db = createSqliteAdapter({ file, log: { warn: (details) => warnings.push(details) } })
  await db.close()
  t.strictSame(warnings, [{ file, mode: '644' }])
})

t.test('a file that cannot be used stops boot with setting, file and remedy', async (t) => {
  const folder = t.testdir({
    'text.sqlite': 'This is no database. '.repeat(500),
    plain: 'a file',
    folder: {},
  })
  const cases = {
    'text.sqlite': /is not a SQLite database or is damaged, move it away or name another file/,
    folder: /is a folder, name a file in it/,
    'plain/data.sqlite': /below something that is not a folder, name another file/,
  }
  for (const [name, remedy] of Object.entries(cases)) refuses(t, join(folder, name), remedy)
})

t.test('a damaged database stops boot', async (t) => {
  const file = join(t.testdir(), 'data.sqlite')
  const db = createSqliteAdapter({ file })
  await db.migrate([users, logs])
  await db.close()
  for (const end of ['-wal', '-shm']) rmSync(file + end, { force: true })
  writeFileSync(file, Buffer.alloc(4096, 'x'))
  refuses(t, file, /is not a SQLite database or is damaged/)
})

t.test('a place that this user may not write stops boot', async (t) => {
  const folder = t.testdir({ 'data.sqlite': '' })
  chmodSync(join(folder, 'data.sqlite'), 0o400)
  chmodSync(folder, 0o500)
  // Modes mean nothing to root, who therefore becomes nobody for a moment.
  const isRoot = process.geteuid?.() === 0
  if (isRoot) process.seteuid?.(65534)
  try {
    refuses(t, join(folder, 'data.sqlite'), /cannot be written by this user, change its owner or mode/)
    refuses(t, join(folder, 'new', 'data.sqlite'), /cannot be written by this user, change its owner or mode/)
  } finally {
    if (isRoot) process.seteuid?.(0)
    chmodSync(folder, 0o700)
  }
})

t.test('health notices that the file is gone', async (t) => {
  const file = join(t.testdir(), 'data.sqlite')
  const db = createSqliteAdapter({ file })
  await db.health()
  rmSync(file)
  await t.rejects(db.health(), { name: 'UnavailableError', message: /removed or replaced/ })
  const other = createSqliteAdapter({ file })
  await t.rejects(db.health(), { name: 'UnavailableError' }, 'another file in its place is not the same')
  await db.close()
  await other.close()
})

t.test('the file is in WAL mode, and complete after close', async (t) => {
  const file = join(t.testdir(), 'data.sqlite')
  const db = createSqliteAdapter({ file })
  await db.migrate([users, logs])
  const raw = new Database(file)
  t.strictSame(raw.prepare('PRAGMA journal_mode').raw().all(), [['wal']])
  raw.close()
  await db.insert('users', { id: 'a' })
  await db.close()
  t.equal(statSync(file).size > 0, true)
  t.equal(existsSync(`${file}-wal`) ? statSync(`${file}-wal`).size : 0, 0, 'close moves everything into the file')
})

function refuses(t: Test, file: string, remedy: RegExp) {
  try {
    createSqliteAdapter({ file })
    t.fail(`${file} was opened`)
  } catch (error) {
    t.type(error, BootError)
    const { message } = error as Error
    t.match(message, /^jex\.adapter-sqlite\.file: /)
    t.ok(message.includes(file), message)
    t.match(message, remedy)
    t.notMatch(message, /\n/)
  }
}
