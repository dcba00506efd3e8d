import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { appFolder, PRESET } from '../harness/app-folder.js'
import { adminFrom, client, signIn } from '../harness/client.js'
import { eventually } from '../harness/eventually.js'
import { freePort, run, startServer } from '../harness/server.js'
import { startPostgres } from '../harness/servers/postgres-server.js'
import { startRedis } from '../harness/servers/redis-server.js'
import { noSmallDisk, smallDisk } from '../harness/small-disk.js'
import { impatient, isOutage, recovered, register } from './client-in-trouble.js'

const CLI = fileURLToPath(new URL('../../packages/runtime/dist/cli/main.js', import.meta.url))
const PASSWORD = 'correct horse battery'
const UNLIMITED = { JEX__RATELIMIT__ENABLED: 'false' }
const long = 'x'.repeat(10_000)
const NOTES = `import { defineModel, types } from '@json-express/core'
export default defineModel({ fields: { text: types.string() }, access: { read: 'public', create: 'public' } })`
const files = { 'models/notes.ts': NOTES }

for (const [what, sizeMiB, dependencies, env] of [
  ['SQLite', 16, PRESET, (_t: Test, dir: string) => ({ JEX__ADAPTER_SQLITE__FILE: `${dir}/data.sqlite` })],
  [
    'PostgreSQL',
    160,
    { ...PRESET, '@json-express/adapter-postgres': '*' },
    async (t: Test, dir: string) => {
      const settings = { min_wal_size: '32MB', max_wal_size: '32MB' }
      const postgres = await startPostgres(t, settings, dir)
      return { JEX__ADAPTER_POSTGRES__URL: await postgres.database() }
    },
  ],
] as const) {
  t.test(`the disk of ${what} is full: 503, what was there stays, and it goes on when there is room`, async (t) => {
    if (noSmallDisk) return void t.pass(noSmallDisk, { skip: noSmallDisk })
    const disk = smallDisk(t, sizeMiB)
    const dir = appFolder(t, { dependencies, files })
    const server = await startServer(t, dir, { env: { ...UNLIMITED, ...(await env(t, disk.dir)) } })
    const call = impatient(client(server.url))
    const ann = await register(call, 'ann@example.com', PASSWORD)
    const acknowledged: string[] = []
    const write = async () => {
      const answer = await call('POST', '/notes', { text: long })
      if (answer.status === 201) acknowledged.push(answer.body.id)
      return answer
    }
    await write()
    disk.fill()
    const refused = await eventually('a write that is refused', write, ({ status }) => status !== 201)
    t.ok(isOutage(refused), `a write: ${refused.status} ${refused.text}`)
    t.equal((await call('GET', '/health')).status, 200, 'the process is well')
    disk.free()
    await eventually('a write', write, ({ status }) => status === 201)
    t.equal((await recovered(call, ann)).status, 200)
    for (const id of acknowledged) {
      const { status } = await call('GET', `/notes/${id}`)
      if (status !== 200) t.fail(`${id}: ${status}`)
    }
    t.equal(await server.stop(), 0)
  })
}

t.test('the disk of Redis is full: nobody new gets in, and it goes on when there is room', async (t) => {
  if (noSmallDisk) return void t.pass(noSmallDisk, { skip: noSmallDisk })
  const disk = smallDisk(t, 16)
  const redis = await startRedis(t, [], disk.dir)
  const dir = appFolder(t, { dependencies: { ...PRESET, '@json-express/kv-redis': '*' }, files })
  const server = await startServer(t, dir, { env: { ...UNLIMITED, JEX__KV_REDIS__URL: redis.url } })
  const call = impatient(client(server.url))
  const ann = await register(call, 'ann@example.com', PASSWORD)
  disk.fill()
  const login = () => call('POST', '/auth/login', { email: 'ann@example.com', password: PASSWORD })
  const refused = await eventually('a login that is refused', login, ({ status }) => status !== 200)
  t.ok(isOutage(refused), `a login: ${refused.status} ${refused.text}`)
  t.equal((await call('GET', '/notes')).status, 200)
  disk.free()
  await eventually('a login', login, ({ status }) => status === 200)
  t.equal((await recovered(call, ann)).status, 200)
  t.equal(await server.stop(), 0)
})

t.test('the disk of the log is full: lines are lost and nothing else, and they come again', async (t) => {
  if (noSmallDisk) return void t.pass(noSmallDisk, { skip: noSmallDisk })
  const disk = smallDisk(t, 1)
  const log = join(disk.dir, 'log')
  const lines = () => readFileSync(log, 'utf8').split('\n')
  const dir = appFolder(t, { files })
  const port = await freePort()
  const server = run(t, dir, {
    command: ['sh', '-c', `exec "${process.execPath}" "${CLI}" >"${log}" 2>&1`],
    env: { ...UNLIMITED, PORT: String(port), JEX__LOG__LEVEL: 'debug' },
  })
  const call = impatient(client(`http://127.0.0.1:${port}`))
  const answers = () =>
    eventually(
      'an answer',
      () => call('GET', '/health'),
      ({ status }) => status === 200,
    )
  await run(t, dir, { command: ['tail', '-F', log] }).printed(/listening/)
  const admin = await signIn(call, adminFrom(lines().join('\n')))
  disk.fill()
  for (let count = 0; count < 100; count++) {
    const { status } = await call('GET', '/health')
    if (status !== 200) t.fail(`${status}`)
  }
  const bob = await call('POST', '/users', { email: 'bob@example.com', role: 'user' }, admin)
  t.equal(bob.status, 201, 'the mail, which is printed too, waits')
  disk.free()
  await eventually(
    'the mail',
    async () => lines().join('\n'),
    (text) => /bob@example\.com[\s\S]*#token=/.test(text),
  )
  const before = lines().length
  await answers()
  t.ok(lines().length > before, 'each request has its lines again')
  t.match(lines().at(-2), /^\{.*\}$/, 'whole ones')

  disk.fill()
  await answers()
  t.equal(await server.stop(), 0, 'SIGTERM ends it on a full disk')
})
