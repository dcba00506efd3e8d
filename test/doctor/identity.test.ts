import { createApp } from '@json-express/runtime'
import t, { type Test } from 'tap'
import { diagnose, hashFindings } from '../../packages/plugin-identity/src/diagnose.js'
import { appFolder } from '../harness/app-folder.js'

const WITHOUT_MAIL = Object.fromEntries(
  ['adapter-memory', 'kv-memory', 'middleware-auth', 'middleware-ratelimit', 'plugin-identity'].map((name) => [
    `@json-express/${name}`,
    '*',
  ]),
)

async function findingsOf(t: Test, settings: Record<string, string | number | boolean> = {}, dependencies?: object) {
  const env = Object.entries({ 'log.level': 'silent', ...settings }).map(([key, value]) => `jex.${key}=${value}\n`)
  const dir = appFolder(t, {
    dependencies: { ...WITHOUT_MAIL, ...dependencies },
    files: { '.env': env.join('') },
  })
  const app = await createApp({ dir, env: {}, purpose: 'command' })
  t.teardown(() => app.close())
  const findings = await diagnose(app)
  for (const { level, subject, remedy } of findings) t.equal(remedy === undefined, level === 'ok', subject)
  return (subject: string) => findings.filter((finding) => finding.subject === subject)
}

t.test('the cost of a password is judged by what was measured', async (t) => {
  const machine = { cores: 4, memory: 8 * 2 ** 30 }
  const judge = (ms: number, memoryKiB = 19_456, concurrency = 2, iterations = 2) =>
    hashFindings(ms, { memoryKiB, iterations, concurrency }, machine)
  t.strictSame(judge(20), [{ subject: 'auth.hash', level: 'ok', message: '20 ms a hash, about 100 logins a second' }])
  t.match(judge(5), [{ level: 'ok' }], 'a fast machine is no weakness')
  for (const [memoryKiB, iterations] of [
    [47_104, 1],
    [12_288, 3],
    [7168, 5],
    [65_536, 3],
  ] as const) {
    t.match(judge(50, memoryKiB, 2, iterations), [{ level: 'ok' }], `${memoryKiB} KiB, ${iterations}`)
  }
  for (const [memoryKiB, iterations] of [
    [47_103, 1],
    [19_455, 2],
    [12_287, 3],
    [7167, 10],
  ] as const) {
    const weak = {
      level: 'warning',
      message: /less than OWASP's minimum/,
      remedy: /19456 KiB with 2 iterations at least/,
    }
    t.match(judge(300, memoryKiB, 2, iterations), [weak], `${memoryKiB} KiB, ${iterations}, however slow`)
  }
  const slow = { level: 'warning', message: /^251 ms .*too slow/ }
  t.match(judge(251, 65_536), [{ ...slow, remedy: /^Lower .* to no less than 19456 KiB with 2 iterations$/ }])
  t.match(judge(251), [{ ...slow, remedy: /faster cores/ }], 'the minimum is not to be lowered')
  t.match(judge(50, 19_456, 64), [{ level: 'ok', message: /about 80 logins/ }], 'cores bound what runs at once')
  t.match(judge(50, 1_048_576, 2), [{ level: 'ok' }], 'a quarter is not too much')
  t.match(judge(50, 1_048_576, 3), [
    {
      level: 'warning',
      message: /^3 hashes at once take 3072 MiB, .* 8192 MiB$/,
      remedy: /jex\.auth\.hash\.concurrency/,
    },
  ])
})

t.test('accounts', async (t) => {
  const open = await findingsOf(t, { 'auth.sessionCheck': false })
  t.match(open('email'), [{ level: 'warning', remedy: /npm install .*email-console .*email-smtp/ }])
  t.match(open('auth.sessionCheck'), [{ level: 'warning', remedy: /Remove jex\.auth\.sessionCheck/ }])
  t.match(open('auth.hash')[0]?.message, /^[1-9]\d* ms a hash, about [1-9]\d* logins a second/)
  t.match(open('registration'), [{ level: 'ok', message: 'open, addresses need not be verified' }])

  const mails = { '@json-express/email-console': '*' }
  const verified = await findingsOf(t, { 'auth.requireVerifiedEmail': true }, mails)
  t.strictSame([...verified('email'), ...verified('auth.sessionCheck')], [])
  t.match(verified('registration'), [{ message: 'open, addresses are verified first' }])
  const closed = await findingsOf(t, { 'auth.allowRegistration': false })
  t.match(closed('registration'), [{ level: 'ok', message: 'closed' }])
})

t.test('users without an admin among them', async (t) => {
  const dir = appFolder(t, { dependencies: WITHOUT_MAIL, files: { '.env': 'jex.log.level=silent\n' } })
  const app = await createApp({ dir, env: {}, purpose: 'command' })
  t.teardown(() => app.close())
  const about = async () => (await diagnose(app)).filter(({ subject }) => subject === 'users')
  t.strictSame(await about(), [], 'the first start makes one')
  const users = app.collections.get('users')
  await users.create({ email: 'ann@example.com' })
  t.match(await about(), [{ level: 'warning', remedy: /users reset-admin/ }])
  await users.create({ email: 'admin@local', role: 'admin', disabled: true })
  t.match(await about(), [{ level: 'warning' }])
  await users.create({ email: 'eve@example.com', role: 'admin' })
  t.strictSame(await about(), [])
})

t.test('where nothing is issued, there are no passwords to speak of', async (t) => {
  const about = await findingsOf(t, { 'auth.jwksUri': 'http://127.0.0.1:9/keys' })
  t.strictSame([...about('auth.hash'), ...about('registration')], [])
})
