import { rmSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { appFolder, writeFiles } from '../harness/app-folder.js'
import { type RunningServer, startServer } from '../harness/server.js'

const model = (field: string) => `import { defineModel, types } from '@json-express/core'
export default defineModel({ fields: { ${field}: types.string() }, access: { read: 'public', create: 'public' } })`

/** Resolves once the server has come up so many times. */
const starts = (server: Pick<RunningServer, 'printed'>, count: number) =>
  server.printed(new RegExp(`(?:is listening[\\s\\S]*){${count}}`))

t.test('--watch picks up models, data and settings, waits out a broken model, leaves nothing behind', async (t) => {
  const dir = appFolder(t, { files: { 'models/notes.ts': model('title') } })
  const server = await startServer(t, dir, { args: ['--watch'] })
  const fields = async () => {
    const response = await fetch(`${server.url}/notes`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    })
    return Object.keys((await response.json()) as object)
  }
  t.same(await fields(), ['id', 'title'])

  writeFiles(dir, { 'models/notes.ts': model('body') })
  await starts(server, 2)
  t.same(await fields(), ['id', 'body'])

  writeFiles(dir, { 'data/posts.json': [{ id: 1 }] })
  await starts(server, 3)
  t.equal((await fetch(`${server.url}/posts/1`)).status, 401, 'served, to those who are signed in')

  writeFiles(dir, { '.env': 'jex.auth.required=false' })
  await starts(server, 4)
  t.equal((await fetch(`${server.url}/posts/1`)).status, 200)

  writeFiles(dir, { 'models/notes.ts': 'export default {' })
  await server.printed(/models\/notes\.ts[\s\S]*waiting for a change/)
  rmSync(join(dir, 'models/notes.ts'))
  await starts(server, 5)
  t.equal((await fetch(`${server.url}/posts/1`)).status, 200)

  const pids = [...server.output().matchAll(/"pid":(\d+)/g)].map(([, pid]) => Number(pid))
  t.ok(new Set(pids).size >= 5)
  t.equal(await server.stop('SIGTERM'), 0)
  for (const pid of new Set(pids)) t.throws(() => process.kill(pid, 0), { code: 'ESRCH' }, 'no process is left')
})
