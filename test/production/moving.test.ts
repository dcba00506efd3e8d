import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { appFolder, PRESET, writeFiles } from '../harness/app-folder.js'
import { adminFrom, type Call, client, signIn } from '../harness/client.js'
import { run, startServer } from '../harness/server.js'
import { PASSWORD, PRODUCTION, startStack } from './stack.js'

const QUICKSTART = fileURLToPath(new URL('../../examples/quickstart', import.meta.url))
const LOGIN = { email: 'ann@example.com', password: PASSWORD }

/** What the quickstart shows to whoever is signed in. */
async function readIt(call: Call): Promise<unknown[]> {
  const pages = ['/articles?_sort=id', '/categories?_sort=id', '/comments?_sort=id', '/tides?_sort=id', '/stats']
  const token = await signIn(call, LOGIN)
  const answers = await Promise.all(pages.map((page) => call('GET', page, undefined, token)))
  for (const { status, text } of answers) if (status !== 200) throw new Error(text)
  return answers.map(({ body }) => body)
}

async function comment(call: Call, body: string): Promise<void> {
  const { status, text } = await call('POST', '/comments', { articleId: 1, body }, await signIn(call, LOGIN))
  if (status !== 201) throw new Error(text)
}

t.test('the quickstart moves to production with its users: another preset and its settings', async (t) => {
  const dir = appFolder(t, { dependencies: PRESET })
  for (const part of ['models', 'data', '.env']) cpSync(join(QUICKSTART, part), join(dir, part), { recursive: true })
  const before = await startServer(t, dir)
  const admin = adminFrom(before.output())
  const call = client(before.url)
  const registered = await call('POST', '/auth/register', LOGIN)
  await comment(call, 'from one machine')
  const shown = await readIt(call)
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
  t.strictSame(await readIt(there), shown, 'and sees what was there')
  await comment(there, 'from several, with the old password')
  const old = await there('GET', '/auth/me', undefined, registered.body.accessToken)
  t.equal(old.status, 401, 'sessions stayed behind')
  const moved = (await there('GET', '/users?_sort=email', undefined, await signIn(there, admin))).body
  t.strictSame(moved, users, 'everything that an admin sees of users is as it was')
  t.equal(await after.stop(), 0)
})

t.test('single packages beside the first preset take the place of their kind', async (t) => {
  const stack = await startStack(t)
  const dir = appFolder(t, { dependencies: PRESET })
  const first = await startServer(t, dir)
  await client(first.url)('POST', '/auth/register', LOGIN)
  await first.stop()
  const dependencies = { ...PRESET, '@json-express/kv-redis': '*', '@json-express/queue-bullmq': '*' }
  writeFiles(dir, { 'package.json': { name: 'app', private: true, dependencies } })
  const env = { JEX__KV_REDIS__URL: stack.redis.url, JEX__QUEUE_BULLMQ__URL: stack.redis.url }
  const [one, other] = [await startServer(t, dir, { env }), await startServer(t, dir, { env })]
  t.match(one.output(), /kv: @json-express\/kv-redis/)
  t.match(one.output(), /queue: @json-express\/queue-bullmq/)
  const { accessToken, refreshToken } = (await client(one.url)('POST', '/auth/login', LOGIN)).body
  t.equal((await client(other.url)('GET', '/auth/me', undefined, accessToken)).status, 200)
  await client(other.url)('POST', '/auth/logout', { refreshToken })
  t.equal((await client(one.url)('GET', '/auth/me', undefined, accessToken)).status, 401)
  const forgot = await client(one.url)('POST', '/auth/password/forgot', { email: 'ann@example.com' })
  t.equal(forgot.status, 202)
  await Promise.race([one, other].map((server) => server.printed(/^to: +ann@example\.com$/m)))
  t.equal(await one.stop(), 0)
  t.equal(await other.stop(), 0)
})
