import { join } from 'node:path'
import Database from 'libsql'
import t from 'tap'
import { appFolder, PRESET } from '../harness/app-folder.js'
import { adminFrom, client, signIn } from '../harness/client.js'
import { HELD_EMAIL, heldEmailFiles, releaseEmail } from '../harness/held-email.js'
import { startServer } from '../harness/server.js'

/** More than are sent at once, so that some are under way and some wait. */
const ADDRESSES = Array.from({ length: 7 }, (_, index) => `user${index}@example.com`)

/** A server that owes a mail to every address and cannot get rid of one. */
async function owingServer(t: Parameters<typeof appFolder>[0]) {
  const dir = appFolder(t, { dependencies: { ...PRESET, ...HELD_EMAIL }, files: heldEmailFiles })
  const server = await startServer(t, dir)
  const call = client(server.url)
  const token = await signIn(call, adminFrom(server.output()))
  for (const email of ADDRESSES) {
    const { status, text } = await call('POST', '/users', { email, role: 'user' }, token)
    if (status !== 201) throw new Error(`provision: ${status} ${text}`)
  }
  await server.printed(/^sending to/m)
  return { dir, server }
}

function owed(dir: string): string[] {
  const db = new Database(join(dir, '.jex/data.sqlite'), { readonly: true })
  try {
    const sql = 'SELECT email FROM auth_mails JOIN users ON users.id = auth_mails.userId ORDER BY email'
    return (db.prepare(sql).all() as { email: string }[]).map(({ email }) => email)
  } finally {
    db.close()
  }
}

const taken = (output: string) => [...output.matchAll(/^sent to (\S+)/gm)].map(([, email]) => email ?? '').sort()

/** Starts the app once more and stops it when every address has its mail. */
async function sendTheRest(t: Parameters<typeof appFolder>[0], dir: string, addresses: string[]): Promise<string> {
  const server = await startServer(t, dir)
  for (const email of addresses) await server.printed(new RegExp(`^sent to ${email}`, 'm'))
  await server.stop()
  return server.output()
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  t.test(
    `${signal}: mails under way are finished, the waiting ones stay owed and go after the next start`,
    async (t) => {
      const { dir, server } = await owingServer(t)
      server.child.kill(signal)
      await server.printed(/stopping: finishing what is in flight/)
      releaseEmail(dir)
      t.equal(await server.exited, 0)
      const first = taken(server.output())
      t.ok(first.length > 0, 'those under way went out')
      t.same([...first, ...owed(dir)].sort(), ADDRESSES, 'each mail is sent or owed, none is both')

      const second = taken(await sendTheRest(t, dir, owed(dir)))
      t.same([...first, ...second].sort(), ADDRESSES, 'and each went out exactly once')
      t.same(owed(dir), [])
    },
  )
}

t.test('a second SIGTERM forces the end in the middle of a mail, which stays owed', async (t) => {
  const { dir, server } = await owingServer(t)
  server.child.kill('SIGTERM')
  await server.printed(/stopping/)
  // one that comes at once passes for an echo of the first
  const again = setInterval(() => server.child.kill('SIGTERM'), 300)
  t.teardown(() => clearInterval(again))
  t.equal(await server.exited, 1)
  t.same(taken(server.output()), [])
  t.same(owed(dir), ADDRESSES)

  releaseEmail(dir)
  t.same(taken(await sendTheRest(t, dir, ADDRESSES)), ADDRESSES)
  t.same(owed(dir), [])
})
