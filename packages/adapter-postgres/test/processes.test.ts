import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { bare } from '../../../test/harness/bare.js'
import { startPostgres } from '../../../test/harness/servers/postgres-server.js'
import { createPostgresAdapter } from '../src/index.js'
import { logs, users } from './fixtures/schemas.js'

const MIGRATOR = fileURLToPath(new URL('fixtures/migrator.js', import.meta.url))

t.test('ten processes may migrate one empty database at once', async (t) => {
  const url = await (await startPostgres(t)).database()
  const schemas = [users, logs]
  const start = (): ChildProcess => {
    const command = bare(process.execPath, [MIGRATOR, url, JSON.stringify(schemas)])
    const child = spawn(...command, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    t.teardown(() => child.kill('SIGKILL'))
    return child
  }
  const processes = Array.from({ length: 10 }, start)
  await Promise.all(processes.map((child) => once(child, 'message')))
  const results = processes.map((child) => once(child, 'message'))
  const exits = processes.map((child) => once(child, 'exit'))
  for (const child of processes) child.send('go')
  const all = (await Promise.all(results)).map(([result]) => result as { created: string[]; id: number })
  t.strictSame(all.flatMap(({ created }) => created).sort(), ['logs', 'users'], 'each collection was made once')
  t.strictSame(
    all.map(({ id }) => id).sort((a, b) => a - b),
    Array.from({ length: 10 }, (_, n) => n + 1),
  )
  for (const [code] of await Promise.all(exits)) t.equal(code, 0)

  const db = await createPostgresAdapter({ url })
  t.strictSame(await db.migrate(schemas), { created: [], extended: [], warnings: [] })
  await db.close()
})
