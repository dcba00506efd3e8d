import { createHash } from 'node:crypto'
import t from 'tap'
import { appFolder, PRESET } from '../harness/app-folder.js'
import { adminFrom, type Call, client, signIn } from '../harness/client.js'
import { HELD_EMAIL, heldEmailFiles, releaseEmail } from '../harness/held-email.js'
import { type RunningServer, startServer } from '../harness/server.js'

const KILLS = 30
const MOST_ANSWERS = 12
const PASSWORD = 'chosen after the crash'

const attempted = new Set<string>()
const acknowledged = new Set<string>()

/** Seeded, so that a run that failed can be had again. */
const answersBeforeKill = (round: number) =>
  1 + (createHash('sha256').update(`round ${round}`).digest().readUInt32BE() % MOST_ANSWERS)

/** Provisions users, three at a time, until the server is killed in the middle. */
async function provisionUntilKilled(server: RunningServer, token: string, round: number): Promise<void> {
  const call = client(server.url)
  const killAt = answersBeforeKill(round)
  let answers = 0
  const provision = async (caller: number) => {
    for (let count = 0; ; count++) {
      const email = `r${round}-c${caller}-${count}@example.com`
      attempted.add(email)
      const answer = await call('POST', '/users', { email, role: 'editor' }, token).catch(() => null)
      if (answer === null) return // gone: it was never acknowledged
      if (answer.status !== 201) throw new Error(`provision: ${answer.status} ${answer.text}`)
      acknowledged.add(email)
      if (++answers === killAt) server.child.kill('SIGKILL')
    }
  }
  await Promise.all([provision(0), provision(1), provision(2)])
  await server.exited
}

async function allUsers(call: Call, token: string): Promise<Record<string, unknown>[]> {
  const { status, body, text } = await call('GET', '/users?_limit=1000', undefined, token)
  if (status !== 200) throw new Error(`users: ${status} ${text}`)
  return body
}

t.test(
  `${KILLS} times kill -9 while invitations are being sent: a user is there with his mail, or not at all`,
  async (t) => {
    const dir = appFolder(t, { dependencies: { ...PRESET, ...HELD_EMAIL }, files: heldEmailFiles })
    let server = await startServer(t, dir)
    const admin = adminFrom(server.output())
    for (let round = 0; round < KILLS; round++) {
      await provisionUntilKilled(server, await signIn(client(server.url), admin), round)
      t.notMatch(server.output(), /^sent to/m, 'no mail has left')
      server = await startServer(t, dir)
    }
    t.ok(acknowledged.size >= KILLS, 'there was enough of it all')

    const call = client(server.url)
    const token = await signIn(call, admin)
    const users = (await allUsers(call, token)).filter(({ email }) => email !== admin.email)
    const emails = users.map(({ email }) => String(email))
    t.same(
      [...acknowledged].filter((email) => !emails.includes(email)),
      [],
      'every acknowledged user is there',
    )
    t.same(
      emails.filter((email) => !attempted.has(email)),
      [],
      'and nobody else',
    )
    const whole = { id: String, role: 'editor', emailVerified: false, disabled: false, createdAt: String }
    t.match(
      users,
      users.map(() => whole),
      'each of them complete',
    )

    releaseEmail(dir)
    for (const email of emails) await server.printed(new RegExp(`^sent to ${email.replaceAll('.', '\\.')} `, 'm'))
    for (const email of [emails.at(0), emails.at(-1)]) {
      const [, link] = new RegExp(`^sent to ${email} #token=(\\S{43})$`, 'm').exec(server.output()) ?? []
      const reset = await call('POST', '/auth/password/reset', { token: link, newPassword: PASSWORD })
      t.equal(reset.status, 200, `the link of ${email}, owed over the crashes, works`)
      t.ok(await signIn(call, { email: String(email), password: PASSWORD }))
    }
    t.equal(await server.stop(), 0)
  },
)
