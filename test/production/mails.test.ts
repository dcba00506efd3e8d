import { execFileSync } from 'node:child_process'
import t from 'tap'
import { client, signIn } from '../harness/client.js'
import { eventually } from '../harness/eventually.js'
import { run } from '../harness/server.js'
import { adminOf, PASSWORD, provision, startStack } from './stack.js'

const stack = await startStack(t)
const { smtp, postgres, redis } = stack
const server = await stack.serve({ JEX__TRUST_PROXY: '127.0.0.1' })
const call = client(server.url)
/** From one network no more than twenty links an hour are used. */
const elsewhere = client(server.url, { 'x-forwarded-for': '192.0.2.1' })
const admin = await adminOf(server)

/** The mails that wait or were given up, as the operator sees them. */
async function owed(): Promise<
  { email: string; attempts: number; lastError: string | null; failedAt: string | null }[]
> {
  const sql = `select email, attempts, "lastError", "failedAt" from auth_mails join users on users.id = "userId"`
  return (await postgres.query(sql, stack.database)) as never
}

const nothingOwed = () => eventually('an empty outbox', owed, (mails) => mails.length === 0)

/** The files below the folder in which the text stands. */
function filesWith(text: string, dir: string): string[] {
  try {
    return execFileSync('grep', ['-rlF', '--', text, dir], { encoding: 'utf8' }).trim().split('\n')
  } catch {
    return [] // grep exits 1 when there is none
  }
}

t.test('an invitation goes through database, queue and worker; its token rests nowhere', async (t) => {
  await provision(call, admin, 'ann@example.com')
  t.equal(smtp.mails.length, 0, 'no server works the queue')
  t.match(await owed(), [{ email: 'ann@example.com', attempts: 0, failedAt: null }])
  const worker = await stack.work()
  const token = await stack.linkTo('ann@example.com')
  await nothingOwed()
  await postgres.query('checkpoint')
  for (const dir of [postgres.dir, redis.dir]) t.strictSame(filesWith(token, dir), [], `not in ${dir}`)
  t.not(filesWith('ann@example.com', postgres.dir).length, 0, 'one would be found')
  t.not(filesWith('jex:', redis.dir).length, 0, 'in Redis too')

  const answers = await Promise.all(
    Array.from({ length: 5 }, () => call('POST', '/auth/password/reset', { token, newPassword: PASSWORD })),
  )
  t.equal(answers.filter(({ status }) => status === 200).length, 1, 'and works once')
  t.type(await signIn(call, { email: 'ann@example.com', password: PASSWORD }), 'string')
  t.notMatch(server.output() + worker.output(), new RegExp(token))
  t.equal(await worker.stop(), 0)
})

t.test('the mail server is away: requests are answered, and the mails come when it is back', async (t) => {
  await smtp.stop()
  const worker = await stack.work()
  const emails = Array.from({ length: 8 }, (_, number) => `away-${number}@example.com`)
  for (const email of emails) await provision(call, admin, email)
  t.equal((await call('GET', '/ready')).status, 200)
  t.type(await signIn(call, { email: 'ann@example.com', password: PASSWORD }), 'string')
  await eventually(
    'tries that failed',
    owed,
    (mails) => mails.length === 8 && mails.every(({ attempts }) => attempts > 0),
  )
  t.match((await owed())[0], { lastError: /ECONNREFUSED|connect/i, failedAt: null })
  await smtp.start()
  for (const email of emails) {
    const token = await stack.linkTo(email)
    const { status } = await call('POST', '/auth/password/reset', { token, newPassword: PASSWORD })
    t.equal(status, 200, `the link for ${email} is fresh`)
  }
  t.equal(await worker.stop(), 0)
})

t.test('greylisted, refused for good, and let through by the operator', async (t) => {
  const worker = await stack.work()
  let grey = 0
  smtp.script = (step, address) => {
    if (step !== 'rcpt') return undefined
    if (address === 'grey@example.com' && grey++ < 2) return 451
    return address === 'nobody@example.com' ? 550 : undefined
  }
  await provision(call, admin, 'nobody@example.com')
  await provision(call, admin, 'grey@example.com')
  await worker.printed(/mail\.failed/)
  await smtp.mailTo('grey@example.com')
  t.equal(grey, 3)
  const [mail, ...others] = await eventually('one mail left', owed, (mails) => mails.length === 1)
  t.match(mail, { email: 'nobody@example.com', attempts: 1, lastError: /550/, failedAt: String })
  t.strictSame(others, [])
  smtp.script = undefined
  const retry = run(t, stack.dir, { args: ['mails', '--retry'], env: stack.env })
  t.equal(await retry.exited, 0)
  await smtp.mailTo('nobody@example.com')
  await nothingOwed()
  t.equal(await worker.stop(), 0)
})

t.test('a mail server that stalls on one mail holds up no other', async (t) => {
  const worker = await stack.work()
  smtp.script = (step, address) => (step === 'rcpt' && address === 'slow@example.com' ? 'hang' : undefined)
  await provision(call, admin, 'slow@example.com')
  const others = Array.from({ length: 12 }, (_, number) => `swift-${number}@example.com`)
  for (const email of others) await provision(call, admin, email)
  for (const email of others) await smtp.mailTo(email)
  t.match(await eventually('one mail left', owed, (mails) => mails.length === 1), [{ email: 'slow@example.com' }])
  smtp.script = undefined
  await smtp.mailTo('slow@example.com')
  await nothingOwed()
  t.equal(await worker.stop(), 0)
})

t.test(
  'stopped while the mail server keeps a mail: the end is good, and the mail goes with the next process',
  async (t) => {
    for (const [index, start] of [() => stack.work(), () => stack.serve({ JEX__WORKER: 'true' })].entries()) {
      const email = `kept-${index}@example.com`
      const reached = new Promise<void>((resolve) => {
        smtp.script = (step, address) => {
          if (step !== 'data' || address !== email) return undefined
          resolve()
          return 'hang'
        }
      })
      const process = await start()
      await provision(call, admin, email)
      await reached
      t.equal(await process.stop('SIGTERM'), 0)
      t.match(await owed(), [{ email, failedAt: null }])
      smtp.script = undefined
      const next = await stack.work()
      await smtp.mailTo(email)
      await nothingOwed()
      t.equal(await next.stop(), 0)
    }
  },
)

t.test('a mail that has waited for days for a worker is not given up at its first trouble', async (t) => {
  await provision(call, admin, 'old@example.com')
  const past = new Date(Date.now() - 6 * 86_400_000).toISOString()
  await postgres.query(`update auth_mails set "createdAt" = '${past}'`, stack.database)
  let tries = 0
  smtp.script = (step) => (step === 'rcpt' && tries++ === 0 ? 451 : undefined)
  const worker = await stack.work()
  await smtp.mailTo('old@example.com')
  await nothingOwed()
  smtp.script = (step) => (step === 'rcpt' ? 451 : undefined)
  await provision(call, admin, 'days@example.com')
  await eventually('a try', owed, ([mail]) => Number(mail?.attempts) > 0)
  await postgres.query(`update auth_mails set "firstTriedAt" = '${past}'`, stack.database)
  await eventually('the end of it', owed, ([mail]) => mail?.failedAt != null)
  smtp.script = undefined
  await postgres.query('delete from auth_mails', stack.database)
  t.equal(await worker.stop(), 0)
})

t.test(
  'the connection breaks when the mail is there and not yet confirmed: it comes again, known as the same',
  async (t) => {
    const worker = await stack.work()
    const seen: string[] = []
    smtp.script = (step, address, raw) => {
      if (step !== 'data' || address !== 'cut@example.com' || seen.length > 0) return undefined
      seen.push(/^message-id: <(.+)>/im.exec(raw ?? '')?.[1] ?? 'none')
      return 'cut'
    }
    await provision(call, admin, 'cut@example.com')
    const { messageId } = await smtp.mailTo('cut@example.com')
    await nothingOwed()
    smtp.script = undefined
    t.strictSame(seen, [messageId])
    t.equal(await worker.stop(), 0)
  },
)

t.test('more mails stuck than are sent at once: those behind them come all the same', async (t) => {
  const worker = await stack.work()
  smtp.script = (step, address) => (step === 'rcpt' && address.startsWith('stuck-') ? 'hang' : undefined)
  for (let number = 0; number < 6; number++) await provision(call, admin, `stuck-${number}@example.com`)
  await provision(call, admin, 'behind@example.com')
  await smtp.mailTo('behind@example.com')
  smtp.script = undefined
  await nothingOwed()
  t.equal(await worker.stop(), 0)
})

t.test('a worker is killed ten times as its mail is taken: every mail comes, none is given up', async (t) => {
  for (let kill = 0; kill < 10; kill++) {
    await provision(call, admin, `kill-${kill}@example.com`)
    const worker = await stack.work()
    await smtp.mailTo(`kill-${kill}@example.com`) // it was taken, and the worker has hardly heard of it
    worker.child.kill('SIGKILL')
    await worker.exited
  }
  const worker = await stack.work()
  await nothingOwed()
  t.notMatch(worker.output(), /mail\.failed/)
  for (let kill = 0; kill < 10; kill++) {
    const mails = smtp.mails.filter(({ to }) => to.includes(`kill-${kill}@example.com`))
    t.ok(mails.length >= 1, `${mails.length} mails`)
    t.equal(new Set(mails.map(({ messageId }) => messageId)).size, 1, 'a second one is known as the same')
    const token = await stack.linkTo(`kill-${kill}@example.com`, mails.length)
    const { status } = await elsewhere('POST', '/auth/password/reset', { token, newPassword: PASSWORD })
    t.equal(status, 200, 'the last link works')
  }
  t.equal(await worker.stop(), 0)
})

// the last: it ends the session of the admin too
t.test('Redis forgets every job while mails are owed: all come, none twice', async (t) => {
  const worker = await stack.work()
  smtp.script = (step) => (step === 'rcpt' ? 451 : undefined)
  const emails = Array.from({ length: 5 }, (_, number) => `flushed-${number}@example.com`)
  for (const email of emails) await provision(call, admin, email)
  await eventually('a try of each', owed, (mails) => mails.every(({ attempts }) => attempts > 0))
  await redis.command('flushall')
  smtp.script = undefined
  for (const email of emails) await smtp.mailTo(email)
  await nothingOwed()
  t.equal(smtp.mails.filter(({ to }) => to.some((address) => address.startsWith('flushed-'))).length, emails.length)
  t.equal(await worker.stop(), 0)
  t.equal(await server.stop(), 0)
})
