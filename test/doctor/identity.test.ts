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
  const judge = (ms: number, memoryKiB = 19_456, concurrency = 2) =>
    hashFindings(ms, { memoryKiB, concurrency }, machine)
  t.strictSame(judge(20), [{ subject: 'auth.hash', level: 'ok', message: '20 ms a hash, about 100 logins a second' }])
  t.match(judge(9.9), [{ level: 'warning', message: /too cheap/, remedy: /Raise jex\.auth\.hash\.memoryKiB/ }])
  t.match(judge(251), [
    { level: 'warning', message: /^251 ms .*too slow/, remedy: /Lower jex\.auth\.hash\.iterations/ },
  ])
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

t.test('where nothing is issued, there are no passwords to speak of', async (t) => {
  const about = await findingsOf(t, { 'auth.jwksUri': 'http://127.0.0.1:9/keys' })
  t.strictSame([...about('auth.hash'), ...about('registration')], [])
})
