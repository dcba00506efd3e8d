import { authSettingsSchema } from '@json-express/core'
import { createHost, manifestRules } from '@json-express/testing'
import t from 'tap'
import { freePort } from '../../../test/harness/server.js'
import { startSmtp } from '../../../test/harness/servers/smtp-server.js'
import packageJson from '../package.json' with { type: 'json' }
import emailSmtp from '../src/index.js'

type Settings = Parameters<typeof emailSmtp>[1]

for (const rule of manifestRules) t.test(rule.name, () => rule.run(packageJson))

const settings = (url: string, more: Partial<Settings> = {}): Settings => {
  return { url, requireTls: false, maxConnections: 5, ...more }
}
const host = (mode = 'test', given: Record<string, unknown> = {}, lines: string[] = []) =>
  createHost({
    mode,
    settings: given,
    schemas: { auth: authSettingsSchema },
    server: { logger: { level: 'info', stream: { write: (line) => void lines.push(line) } } },
  })

t.test('decorates app.email and closes it with the server', async (t) => {
  const smtp = await startSmtp(t)
  const app = host()
  await app.register(emailSmtp, settings(smtp.url))
  const { email } = app
  await email.send({ to: 'ann@example.com', subject: 'Hello', text: 'Plain' })
  t.equal((await smtp.mailTo('ann@example.com')).from, 'no-reply@localhost')
  await app.close()
  await t.rejects(email.health(), { name: 'UnavailableError' })
})

t.test('boots when the mail server is not there, and says so', async (t) => {
  const lines: string[] = []
  const app = host('test', {}, lines)
  await app.register(emailSmtp, settings(`smtp://user:secret-word@127.0.0.1:${await freePort()}`))
  await t.rejects(app.email.health(), { name: 'UnavailableError' })
  t.match(lines.join(''), /mail cannot be sent/)
  t.notMatch(lines.join(''), /secret-word/)
  await app.close()
})

t.test('a command that sends nothing does not look at the mail server', async (t) => {
  const smtp = await startSmtp(t)
  let asked = 0
  smtp.script = () => void asked++
  const app = host()
  app.purpose = 'command'
  await app.register(emailSmtp, settings(smtp.url))
  await app.close()
  t.equal(asked, 0)
})

t.test('settings that cannot be used stop boot in one line, without what is secret', async (t) => {
  const url = 'smtp://127.0.0.1:1'
  const from = 'no-reply@example.com'
  const nonsense = { auth: { email: { from: 'nonsense' } } }
  const cases: [settings: Settings, mode: string, message: RegExp, given?: Record<string, unknown>][] = [
    [settings('smtp://'), 'test', /^jex\.email-smtp\.url cannot be used/],
    [settings('smtp://user:secret-word@host/path'), 'test', /^jex\.email-smtp\.url cannot be used/],
    [settings('smtp://user:secret-word@host?tls.rejectUnauthorized=false'), 'test', /^jex\.email-smtp\.url cannot/],
    [settings('smtp://user:%zz-secret-word@host'), 'test', /^jex\.email-smtp\.url cannot/],
    [settings(url, { from: 'nobody' }), 'test', /^jex\.email-smtp\.from is no sender/],
    [settings(url, { from: 'a@b.c, d@e.f' }), 'test', /^jex\.email-smtp\.from is no sender/],
    [settings(url), 'test', /^jex\.auth\.email\.from is no sender: .*$/, nonsense],
    [settings(url, { from }), 'production', /^jex\.auth\.email\.from is no sender/, nonsense],
    [settings(url), 'production', /^Mails have no sender: set jex\.email-smtp\.from/],
  ]
  for (const [given, mode, message, others] of cases) {
    const app = host(mode, others)
    await t.rejects(async () => void (await app.register(emailSmtp, given)), { name: 'BootError', message })
    await app.close()
  }
  for (const given of [{}, { auth: { email: { from } } }]) {
    const app = host('production', given)
    await app.register(emailSmtp, settings(url, 'auth' in given ? {} : { from }))
    await app.close()
  }
})
