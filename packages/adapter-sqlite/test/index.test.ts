import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createHost, manifestRules } from '@json-express/testing'
import t from 'tap'
import Value from 'typebox/value'
import plugin, { configSchema } from '../src/index.js'
import { logs, users } from './fixtures/schemas.js'

t.test('the plugin decorates app.db and closes it', async (t) => {
  const app = createHost()
  await app.register(plugin, { file: join(t.testdir(), 'data.sqlite') })
  const { db } = app
  await db.migrate([users, logs])
  t.strictSame(await db.insert('logs', { who: 'me' }), { id: 1, who: 'me', n: null, meta: null })
  await app.close()
  await t.rejects(db.find('logs'), { name: 'UnavailableError' })
})

t.test('a database in memory is not a file of that name', async (t) => {
  const app = createHost()
  await app.register(plugin, { file: ':memory:' })
  await app.db.migrate([users])
  t.equal(existsSync(':memory:'), false)
  await app.close()
})

t.test('the settings have a default and know nothing else', async (t) => {
  t.strictSame(Value.Default(configSchema, {}), { file: '.jex/data.sqlite' })
  t.equal(Value.Check(configSchema, { file: 'x.sqlite' }), true)
  t.equal(Value.Check(configSchema, { file: '' }), false)
  t.equal(Value.Check(configSchema, { file: 'x', path: 'y' }), false)
})

t.test('the manifest', async (t) => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  for (const rule of manifestRules) t.test(rule.name, () => rule.run(manifest))
})
