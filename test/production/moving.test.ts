import t from 'tap'
import { appFolder, PRESET, writeFiles } from '../harness/app-folder.js'
import { adminFrom, type Call, client, signIn } from '../harness/client.js'
import { run, startServer } from '../harness/server.js'
import { PASSWORD, PRODUCTION, startStack } from './stack.js'

const TICKETS = `import { defineModel, types } from '@json-express/core'
export default defineModel({
  fields: { title: types.string().required(), owner: types.relation({ target: 'users' }) },
  access: { read: 'owner', create: 'user', ownerField: 'ownerId' },
})`
const FILES = { 'models/tickets.ts': TICKETS, 'data/ports.json': [{ id: 1, name: 'Kiel' }] }

/** What a user of the app sees and does, whatever it runs on. Returns what they own. */
async function useIt(call: Call, title: string): Promise<string[]> {
  const token = await signIn(call, { email: 'ann@example.com', password: PASSWORD })
  const created = await call('POST', '/tickets', { title }, token)
  if (created.status !== 201) throw new Error(created.text)
  const { body } = await call('GET', '/tickets?_sort=title', undefined, token)
  return body.map((ticket: { title: string }) => ticket.title)
}

t.test('the app of one machine moves to production with its users: another preset and its settings', async (t) => {
  const dir = appFolder(t, { dependencies: PRESET, files: FILES })
  const before = await startServer(t, dir)
  const admin = adminFrom(before.output())
  const call = client(before.url)
  const registered = await call('POST', '/auth/register', { email: 'ann@example.com', password: PASSWORD })
  t.strictSame(await useIt(call, 'a first one'), ['a first one'])
  const adminToken = await signIn(call, admin)
  await call('POST', '/users', { email: 'bob@example.com', role: 'editor' }, adminToken)
  const users = (await call('GET', '/users?_sort=email', undefined, adminToken)).body
  t.equal(await before.stop(), 0)

  const stack = await startStack(t, { env: { JEX__WORKER: 'true' } })
  const command = async (env: Record<string, string>, ...args: string[]) => {
    const process = run(t, dir, { args, env })
    t.equal(await process.exited, 0, `${args.join(' ')}\n${process.output()}`)
  }
  await command({}, 'data', 'export', '-o', 'rows.jsonl')
  writeFiles(dir, { 'package.json': { name: 'app', private: true, dependencies: PRODUCTION } })
  await command(stack.env, 'data', 'import', 'rows.jsonl')
  const after = await startServer(t, dir, { env: stack.env })
  t.notMatch(after.output(), /password:/, 'no new admin is made')
  const there = client(after.url)
  t.strictSame(await useIt(there, 'b second one'), ['a first one', 'b second one'])
  const old = await there('GET', '/auth/me', undefined, registered.body.accessToken)
  t.equal(old.status, 401, 'sessions stayed behind')
  const moved = (await there('GET', '/users?_sort=email', undefined, await signIn(there, admin))).body
  t.strictSame(moved, users, 'everything that an admin sees of users is as it was')
  t.strictSame((await there('GET', '/ports', undefined, await signIn(there, admin))).body, FILES['data/ports.json'])
  t.equal(await after.stop(), 0)
})

t.test('single packages beside the first preset take the place of their kind', async (t) => {
  const stack = await startStack(t)
  const dir = appFolder(t, { dependencies: PRESET, files: FILES })
  const first = await startServer(t, dir)
  await client(first.url)('POST', '/auth/register', { email: 'ann@example.com', password: PASSWORD })
  await first.stop()
  const dependencies = { ...PRESET, '@json-express/kv-redis': '*', '@json-express/queue-bullmq': '*' }
  writeFiles(dir, { 'package.json': { name: 'app', private: true, dependencies } })
  const env = { JEX__KV_REDIS__URL: stack.redis.url, JEX__QUEUE_BULLMQ__URL: stack.redis.url }
  const [one, other] = [await startServer(t, dir, { env }), await startServer(t, dir, { env })]
  t.match(one.output(), /kv: @json-express\/kv-redis/)
  t.match(one.output(), /queue: @json-express\/queue-bullmq/)
  const login = { email: 'ann@example.com', password: PASSWORD }
  const { accessToken, refreshToken } = (await client(one.url)('POST', '/auth/login', login)).body
  t.equal((await client(other.url)('GET', '/auth/me', undefined, accessToken)).status, 200)
  await client(other.url)('POST', '/auth/logout', { refreshToken })
  t.equal((await client(one.url)('GET', '/auth/me', undefined, accessToken)).status, 401)
  const forgot = await client(one.url)('POST', '/auth/password/forgot', { email: 'ann@example.com' })
  t.equal(forgot.status, 202)
  await Promise.race([one, other].map((server) => server.printed(/^to: +ann@example\.com$/m)))
  t.equal(await one.stop(), 0)
  t.equal(await other.stop(), 0)
})
