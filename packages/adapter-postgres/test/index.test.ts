import { readFileSync } from 'node:fs'
import { createHost, manifestRules } from '@json-express/testing'
import t from 'tap'
import Value from 'typebox/value'
import { startPostgres } from '../../../test/harness/servers/postgres-server.js'
import plugin, { configSchema } from '../src/index.js'
import { logs, users } from './fixtures/schemas.js'

const defaults = { maxConnections: 10, statementTimeout: 5000, connectTimeout: 2000 }
const url = 'postgres://jex:secret@db.example.com/app?sslmode=verify-full'

t.test('the plugin decorates app.db and closes it', async (t) => {
  const server = await startPostgres(t)
  const app = createHost()
  await app.register(plugin, { ...defaults, url: await server.database() })
  const { db } = app
  await db.migrate([users, logs])
  t.strictSame(await db.insert('logs', { who: 'me' }), { id: 1, who: 'me', n: null, meta: null })
  await app.close()
  await t.rejects(db.find('logs'), { name: 'UnavailableError' })
  const left = "SELECT FROM pg_stat_activity WHERE application_name = 'json-express'"
  t.strictSame(await server.query(left), [], 'no connection is left')
})

t.test('the URL is demanded, everything else has a default', async (t) => {
  t.strictSame(Value.Default(configSchema, { url }), { url, ...defaults })
  const check = (settings: object) => Value.Check(configSchema, Value.Default(configSchema, settings))
  t.equal(check({ url }), true)
  t.equal(check({ url: url.replace('postgres:', 'postgresql:') }), true)
  t.equal(check({}), false)
  for (const wrong of ['', 'mysql://localhost/app', 'localhost/app', 'postgres://']) {
    t.equal(check({ url: wrong }), false, wrong)
  }
  t.equal(check({ url, maxConnections: 0 }), false)
  t.equal(check({ url, host: 'x' }), false)
  t.match(configSchema.properties.url, { writeOnly: true }, 'the URL, which holds the password, is never shown')
})

t.test('the manifest', async (t) => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  for (const rule of manifestRules) t.test(rule.name, () => rule.run(manifest))
})
