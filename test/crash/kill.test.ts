import { join } from 'node:path'
import Database from 'libsql'
import t from 'tap'
import { appFolder } from '../harness/app-folder.js'
import { adminFrom, type Call, client, signIn } from '../harness/client.js'
import { type RunningServer, startServer } from '../harness/server.js'

const KILLS = 50
const NOTES = `import { defineModel, types } from '@json-express/core'
export default defineModel({ fields: { text: types.string() }, access: { read: 'public', create: 'public' } })`

/** What the server has promised: a 2xx answer that arrived whole. */
const acknowledged = { notes: new Set<string>(), invitations: new Set<string>() }

/** Answers that were neither: a server that is killed says nothing, it does not refuse. */
const unexpected: string[] = []

/** Writes and provisions, several at once, until the server is gone. */
async function burst(call: Call, round: number, token: string, answered: () => void): Promise<void> {
  const untilGone = async (work: (count: number) => Promise<void>) => {
    for (let count = 0; ; count++) {
      try {
        await work(count)
      } catch {
        return // killed in the middle: whatever was under way was never acknowledged
      }
      answered()
    }
  }
  const write = (writer: number) =>
    untilGone(async (count) => {
      const { status, body } = await call('POST', '/notes', { text: `${round}/${writer}/${count}` })
      if (status !== 201) unexpected.push(`note: ${status}`)
      if (status !== 201 || body === undefined) throw new Error('not acknowledged')
      acknowledged.notes.add(body.id)
    })
  const provision = (admin: number) =>
    untilGone(async (count) => {
      const email = `r${round}-a${admin}-${count}@example.com`
      const { status, body } = await call('POST', '/users', { email, role: 'user' }, token)
      if (status !== 201) unexpected.push(`user: ${status}`)
      if (status !== 201 || body === undefined) throw new Error('not acknowledged')
      acknowledged.invitations.add(email)
    })
  await Promise.all([write(0), write(1), write(2), provision(0), provision(1)])
}

t.test(`${KILLS} times kill -9 during writes and provisioning`, async (t) => {
  const dir = appFolder(t, { files: { 'models/notes.ts': NOTES } })
  let server: RunningServer = await startServer(t, dir)
  const admin = adminFrom(server.output())
  let printed = ''

  for (let round = 0; round < KILLS; round++) {
    // after a number of answers that differs from round to round, so that kills land everywhere
    const after = 1 + ((round * 7) % 23)
    let answers = 0
    const running = server
    const token = await signIn(client(running.url), admin) // sessions lived in the memory of the one before
    await burst(client(running.url), round, token, () => {
      if (++answers === after) running.child.kill('SIGKILL')
    })
    running.child.kill('SIGKILL') // should the writers have given up before their time
    await running.exited
    printed += running.output()
    server = await startServer(t, dir)
  }

  t.same(unexpected, [])

  const missing = () => {
    const all = printed + server.output()
    return [...acknowledged.invitations].filter((email) => !all.includes(email))
  }
  const deadline = Date.now() + 60_000
  while (missing().length > 0 && Date.now() < deadline) await server.printed(new RegExp(missing()[0] ?? ''))
  t.same(missing(), [], 'every acknowledged invitation was mailed in the end')

  const [, link] = /#token=([\w-]{43})\s[\s\S]*$/.exec(server.output()) ?? []
  if (link !== undefined) {
    const reset = await client(server.url)('POST', '/auth/password/reset', {
      token: link,
      newPassword: 'after the crash',
    })
    t.equal(reset.status, 200, 'a link mailed after the last crash works')
  }
  t.equal(await server.stop(), 0)

  const db = new Database(join(dir, '.jex/data.sqlite'))
  t.teardown(() => db.close())
  const rows = (sql: string) => db.prepare(sql).all() as Record<string, unknown>[]
  t.same(rows('PRAGMA integrity_check'), [{ integrity_check: 'ok' }])
  t.same(rows('PRAGMA foreign_key_check'), [])
  const notes = new Set(rows('SELECT id FROM notes').map(({ id }) => id))
  t.same(
    [...acknowledged.notes].filter((id) => !notes.has(id)),
    [],
    'every acknowledged row is there',
  )
  const users = rows('SELECT email, role FROM users')
  const emails = new Set(users.map(({ email }) => email))
  t.same(
    [...acknowledged.invitations].filter((email) => !emails.has(email)),
    [],
    'every acknowledged user is there',
  )
  t.equal(users.filter(({ role }) => role === 'admin').length, 1)
  t.same(rows('SELECT id FROM auth_mails'), [], 'nothing is owed any more')
  t.ok(acknowledged.notes.size > KILLS && acknowledged.invitations.size > KILLS / 2, 'and there was enough of it all')
})
