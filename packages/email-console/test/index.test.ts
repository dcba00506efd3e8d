import { createHost, manifestRules } from '@json-express/testing'
import t from 'tap'
import packageJson from '../package.json' with { type: 'json' }
import emailConsole, { configSchema } from '../src/index.js'

for (const rule of manifestRules) t.test(rule.name, () => rule.run(packageJson))

t.test('decorates app.email and closes it with the server', async (t) => {
  const app = createHost({ schemas: { 'email-console': configSchema } })
  await app.register(emailConsole, app.settings.section('email-console'))
  const { email } = app
  await email.health()
  await app.close()
  await t.rejects(email.health(), { name: 'UnavailableError' })
})

t.test('stops boot in production, and says how to go on', async (t) => {
  for (const mode of ['production', 'staging']) {
    const app = createHost({ mode })
    await t.rejects(async () => await app.register(emailConsole), {
      name: 'BootError',
      message: /@json-express\/email-smtp .*jex\.email-console\.allowInProduction=true/,
    })
    await app.close()
  }
})

t.test('boots in production when that is accepted', async (t) => {
  const settings = { 'email-console': { allowInProduction: true } }
  const app = createHost({ mode: 'production', settings, schemas: { 'email-console': configSchema } })
  await app.register(emailConsole, app.settings.section('email-console'))
  t.ok(app.hasDecorator('email'))
  await app.close()
})
