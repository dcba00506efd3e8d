import t from 'tap'
import { appFolder, writeFiles } from '../harness/app-folder.js'
import { type RunningServer, startServer } from '../harness/server.js'

/** Answers once the folder holds a file named `open`, which is none that is watched. */
const GATE = `import { defineRoutes } from '@json-express/core'
import { existsSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
export default defineRoutes({ endpoints: { 'GET /slow': { access: 'public', handler: async () => {
  process.stdout.write('slow request is in\\n')
  while (!existsSync('open')) await wait(20)
  return { done: true }
} } } })`

type Teardown = Parameters<typeof appFolder>[0]

/** A watched app with a slow request under way; no process of it outlives the test. */
async function watched(t: Teardown) {
  const dir = appFolder(t, { files: { 'models/gate.ts': GATE } })
  const watcher = await startServer(t, dir, { args: ['--watch'] })
  const pid = serverPids(watcher).at(-1) ?? 0
  t.teardown(() => isAlive(pid) && process.kill(pid, 'SIGKILL'))
  const slow = fetch(`${watcher.url}/gate/slow`).then(
    ({ status }) => status,
    () => 'cut off',
  )
  await watcher.printed(/slow request is in/)
  return { dir, watcher, pid, slow }
}

function serverPids({ output }: Pick<RunningServer, 'output'>): number[] {
  return [...new Set([...output().matchAll(/"pid":(\d+)/g)].map(([, pid]) => Number(pid)))]
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

t.test('Ctrl-C, which a terminal sends to watcher and server: what is in flight ends, then both do', async (t) => {
  const { dir, watcher, pid, slow } = await watched(t)
  process.kill(pid, 'SIGINT')
  watcher.child.kill('SIGINT')
  await watcher.printed(/stopping/)
  writeFiles(dir, { open: 'yes' })
  t.equal(await slow, 200)
  t.equal(await watcher.exited, 0)
  t.notOk(isAlive(pid))
})

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  t.test(`${signal} to the watcher alone ends the server as well`, async (t) => {
    const { dir, watcher, pid, slow } = await watched(t)
    watcher.child.kill(signal)
    await watcher.printed(/stopping/)
    writeFiles(dir, { open: 'yes' })
    t.equal(await slow, 200)
    t.equal(await watcher.exited, 0)
    t.notOk(isAlive(pid))
  })
}

t.test('mending a model with a syntax error brings the server back', async (t) => {
  const model = `import { defineModel, types } from '@json-express/core'
export default defineModel({ fields: { title: types.string() }, access: { read: 'public' } })`
  const dir = appFolder(t, { files: { 'models/notes.ts': model } })
  const watcher = await startServer(t, dir, { args: ['--watch'] })
  writeFiles(dir, { 'models/notes.ts': `${model}}` })
  await watcher.printed(/models\/notes\.ts[\s\S]*waiting for a change/)
  await t.rejects(fetch(`${watcher.url}/notes`), 'nothing listens meanwhile')
  t.equal(watcher.child.exitCode, null, 'but the watcher is there')
  writeFiles(dir, { 'models/notes.ts': model })
  await watcher.printed(/waiting for a change[\s\S]*listening/)
  t.equal((await fetch(`${watcher.url}/notes`)).status, 200)
  t.equal(await watcher.stop(), 0)
  for (const pid of serverPids(watcher)) t.notOk(isAlive(pid))
})
