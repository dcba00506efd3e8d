import t from 'tap'
import { isOutage } from '../faults/client-in-trouble.js'
import { type Answer, type Call, client } from '../harness/client.js'
import { eventually } from '../harness/eventually.js'
import type { RunningServer } from '../harness/server.js'
import { adminOf, PASSWORD, startStack } from './stack.js'

/** Each takes a boot. With those of one machine (test/crash) there are two hundred. */
const KILLS = Number(process.env.JEX_TEST_KILLS ?? 120)
/** Servers that are killed and started again beside each other. */
const LANES = 4
const CLIENTS = 3

interface Session {
  accessToken: string
  refreshToken: string
}

/** What was answered whole, and so is promised. */
const registered = new Set<string>()
const provisioned = new Set<string>()
const alive: Session[] = []
const ended: Session[] = []
/** The links of invitations that were opened, by address, and how that was answered, if it was. */
const opened = new Map<string, { token: string; status?: number }>()
/** Answers that a server which is killed has no reason to give. */
const unexpected: string[] = []

/** One client of one life of a server: registers, refreshes, looks, signs out, until the server is gone. */
async function live(
  call: Call,
  { name, admin, links }: { name: string; admin: string; links: () => Map<string, string> },
  answered: () => void,
): Promise<void> {
  const ask = async (good: number | number[], ...request: Parameters<Call>): Promise<Answer> => {
    const answer = await call(...request)
    answered()
    if ([good].flat().includes(answer.status)) return answer
    const what = `${request[0]} ${request[1]}: ${answer.status} ${answer.text}`
    // a machine that boots four servers at once may be too slow for a store: nothing is promised then
    if (!isOutage(answer)) unexpected.push(what)
    throw new Error(what)
  }
  for (let count = 0; ; count++) {
    const [address, token] = [...links()].find(([to]) => !opened.has(to)) ?? []
    if (address !== undefined && token !== undefined) {
      opened.set(address, { token })
      // 400 where the mail was sent again, with another link, because its worker was killed
      const { status } = await ask([200, 400], 'POST', '/auth/password/reset', { token, newPassword: PASSWORD })
      opened.set(address, { token, status })
    }
    const email = `${name}-${count}@example.com`
    let session: Session = (await ask(201, 'POST', '/auth/register', { email, password: PASSWORD })).body
    registered.add(email)
    session = (await ask(200, 'POST', '/auth/refresh', { refreshToken: session.refreshToken })).body
    await ask(200, 'GET', '/auth/me', undefined, session.accessToken)
    if (count % 2 === 0) {
      await ask(200, 'POST', '/auth/logout', { refreshToken: session.refreshToken })
      ended.push(session)
    } else {
      alive.push(session)
    }
    const invited = `invited-${email}`
    await ask(201, 'POST', '/users', { email: invited, role: 'user' }, admin)
    provisioned.add(invited)
  }
}

t.test(`servers are killed ${KILLS} times under load`, async (t) => {
  const stack = await startStack(t, {
    env: {
      JEX__AUTH__HASH__ITERATIONS: '1',
      JEX__AUTH__HASH__MEMORY_KIB: '7168',
      JEX__AUTH__TOKEN_TTL: '1h',
      JEX__RATELIMIT__ENABLED: 'false',
      JEX__WORKER: 'true',
    },
  })
  const first = await stack.serve()
  const admin = await adminOf(first)
  let kills = 0
  const isInvited = (email: string) => email.startsWith('invited-')
  /** The newest one of each invitation that has come, by address. */
  const links = () =>
    new Map(
      stack.smtp.mails
        .filter(({ to: [to = ''] }) => isInvited(to))
        .map(({ to: [to = ''], text }) => [to, /#token=([\w-]{43})\s/.exec(text)?.[1] ?? '']),
    )

  const lane = async (number: number, started: RunningServer | null) => {
    let server = started
    for (let round = 0; kills < KILLS; round++) {
      kills++
      const running = server ?? (await stack.serve())
      const after = 1 + ((kills * 7) % 23)
      let answers = 0
      const call = client(running.url)
      const clients = Array.from({ length: CLIENTS }, (_, index) =>
        live(call, { name: `l${number}-r${round}-c${index}`, admin, links }, () => {
          if (++answers === after) running.child.kill('SIGKILL')
        }).catch(() => undefined),
      )
      await Promise.all(clients) // whatever was under way was never acknowledged
      running.child.kill('SIGKILL')
      await running.exited
      t.notMatch(running.output(), /session\.reused|mail\.failed/)
      server = null
    }
  }
  await Promise.all(Array.from({ length: LANES }, (_, number) => lane(number, number === 0 ? first : null)))
  t.equal(kills, KILLS)
  t.strictSame(unexpected, [])

  const server = await stack.serve()
  const call = client(server.url)
  const rows = await stack.postgres.query('select email, role, "passwordHash" from users', stack.database)
  const users = new Map(rows.map((row) => [String(row.email), row]))
  t.strictSame(
    [...registered, ...provisioned].filter((email) => !users.has(email)),
    [],
    'nobody acknowledged is lost',
  )
  users.delete('admin@local')
  t.strictSame(
    rows.filter(({ role }) => role !== 'user').map(({ email }) => email),
    ['admin@local'],
  )
  t.strictSame(
    [...users].filter(([email, { passwordHash }]) => passwordHash === null && !isInvited(email)),
    [],
    'whoever registered has a password, also where nobody was told so any more',
  )
  t.strictSame(
    [...users].filter(([email, { passwordHash }]) => passwordHash !== null && isInvited(email) && !opened.has(email)),
    [],
    'whoever was invited has none before the link is opened',
  )
  t.ok(registered.size > KILLS && provisioned.size > KILLS / 2, `${registered.size} and ${provisioned.size} of them`)
  for (const session of ended) {
    t.equal((await call('GET', '/auth/me', undefined, session.accessToken)).status, 401, 'what has ended is over')
    t.equal((await call('POST', '/auth/refresh', { refreshToken: session.refreshToken })).status, 401)
  }
  for (const session of alive) {
    t.equal((await call('GET', '/auth/me', undefined, session.accessToken)).status, 200, 'what lives goes on')
    t.equal((await call('POST', '/auth/refresh', { refreshToken: session.refreshToken })).status, 200)
  }
  const untold = [...users.keys()].filter((email) => !isInvited(email) && !registered.has(email))
  for (const email of [...[...registered].slice(-20), ...untold]) {
    t.equal((await call('POST', '/auth/login', { email, password: PASSWORD })).status, 200)
  }
  await eventually(
    'an empty outbox',
    () => stack.postgres.query('select 1 from auth_mails', stack.database),
    (owed) => owed.length === 0,
  )
  const mailed = new Set(stack.smtp.mails.flatMap(({ to }) => to))
  t.strictSame(
    [...users.keys()].filter((email) => isInvited(email) && !mailed.has(email)),
    [],
    'every invitation was mailed',
  )
  t.ok(opened.size > KILLS / 10, `${opened.size} links were opened`)
  const reset = async (token = '') =>
    (await call('POST', '/auth/password/reset', { token, newPassword: `${PASSWORD} again` })).status
  for (const [email, { token, status }] of opened) {
    const newest = links().get(email)
    const done = users.get(email)?.passwordHash !== null
    t.equal(done, status === undefined ? done : status === 200, 'what was answered is so')
    if (status === 400) t.not(newest, token, 'only a newer link ends one that was not used')
    if (!done) t.equal(await reset(newest), 200, 'a link that did nothing works')
    for (const used of [token, newest]) t.equal(await reset(used), 400, 'and none works again')
  }
  t.equal(await server.stop(), 0)
})
