import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'libsql'
import t from 'tap'
import { bare } from '../../../test/harness/bare.js'
import { createSqliteAdapter } from '../src/index.js'
import { logs, users } from './fixtures/schemas.js'

const WRITER = fileURLToPath(new URL('fixtures/writer.js', import.meta.url))
const FILLER = fileURLToPath(new URL('fixtures/filler.js', import.meta.url))

interface Message {
  created?: string[]
  id?: number
}

function startWriter(file: string, name: string, rows: number): ChildProcess {
  const command = bare(process.execPath, [WRITER, file, JSON.stringify([users, logs]), name, String(rows)])
  return spawn(...command, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
}

async function ready(writer: ChildProcess): Promise<Message> {
  const [message] = await once(writer, 'message')
  return message as Message
}

t.test('what was acknowledged before kill -9 is there, and the file is whole', async (t) => {
  const file = join(t.testdir(), 'data.sqlite')
  const acknowledged: number[] = []
  for (let round = 0; round < 10; round++) {
    const writer = startWriter(file, `round ${round}`, 1_000_000)
    await ready(writer)
    const enough = 20 + round * 13
    let heard = 0
    const ended = once(writer, 'exit')
    writer.on('message', ({ id }: Message) => {
      if (id !== undefined) acknowledged.push(id)
      if (++heard === enough) writer.kill('SIGKILL')
    })
    writer.send('go')
    const [code, signal] = await ended
    t.strictSame([code, signal], [null, 'SIGKILL'])
  }
  const db = createSqliteAdapter({ file })
  await db.migrate([users, logs])
  const found = await db.findByIds('logs', acknowledged, ['id'])
  t.equal(found.length, acknowledged.length)
  t.equal(new Set(acknowledged).size, acknowledged.length, 'no id was given twice')
  await db.close()
  t.strictSame(integrityOf(file), [['ok']])
})

t.test('processes may open, migrate and write one file at once', async (t) => {
  const file = join(t.testdir(), 'data.sqlite')
  const names = ['a', 'b', 'c']
  const writers = names.map((name) => startWriter(file, name, 100))
  const ended = writers.map((writer) => once(writer, 'exit'))
  const created = (await Promise.all(writers.map(ready))).flatMap((message) => message.created ?? [])
  t.strictSame(created.sort(), ['logs', 'users'], 'each collection was made once')
  for (const writer of writers) writer.send('go')
  for (const [code] of await Promise.all(ended)) t.equal(code, 0)

  const db = createSqliteAdapter({ file })
  await db.migrate([users, logs])
  t.equal(await db.count('logs'), 300)
  for (const who of names) t.equal(await db.count('logs', { where: [{ field: 'who', op: 'eq', value: who }] }), 100)
  await db.close()
})

t.test('a full disk is unavailable, loses nothing and keeps answering', async (t) => {
  const file = join(t.testdir(), 'data.sqlite')
  const limited = 'ulimit -f 2048 && exec "$@"'
  const script = [process.execPath, FILLER, file, JSON.stringify([users, logs])]
  const filler = spawn(...bare('sh', ['-c', limited, 'sh', ...script]), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const [result] = (await once(filler, 'message')) as [{ stored: number; counted: number; errors: string[] }]
  t.ok(result.stored > 0)
  t.equal(result.counted, result.stored)
  t.strictSame(
    result.errors,
    Array.from({ length: 4 }, () => 'UnavailableError'),
  )

  const db = createSqliteAdapter({ file })
  await db.migrate([users, logs])
  t.equal(await db.count('logs'), result.stored)
  await db.insert('logs', { who: 'x'.repeat(1_000_000) })
  await db.close()
  t.strictSame(integrityOf(file), [['ok']])
})

function integrityOf(file: string): unknown[] {
  const raw = new Database(file)
  try {
    return raw.prepare('PRAGMA integrity_check').raw().all()
  } finally {
    raw.close()
  }
}
