import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createHost, manifestRules } from '@json-express/testing'
import t from 'tap'
import packageJson from '../package.json' with { type: 'json' }
import kvSqlite from '../src/index.js'

for (const rule of manifestRules) t.test(rule.name, () => rule.run(packageJson))

t.test('decorates app.kv and closes it with the server', async (t) => {
  const file = join(t.testdir(), 'below', 'kv.sqlite')
  const app = createHost()
  await app.register(kvSqlite, { file })
  await app.kv.set('key', 1)
  t.equal(await app.kv.get('key'), 1)
  const { kv } = app
  await app.close()
  await t.rejects(kv.get('key'), { name: 'UnavailableError' })
  await kv.close()
})

t.test('a file that cannot be used stops boot with one line', async (t) => {
  const dir = t.testdir()
  mkdirSync(join(dir, 'folder'))
  writeFileSync(join(dir, 'text'), 'this is no database, and long enough to be seen as something else'.repeat(50))
  for (const file of [join(dir, 'folder'), join(dir, 'text'), join(dir, 'text', 'kv.sqlite')]) {
    const app = createHost()
    await t.rejects(async () => await app.register(kvSqlite, { file }), {
      name: 'BootError',
      message:
        /^jex\.kv-sqlite\.file: .+ cannot be used \(.+\): name a file that this user may write, on a local disk$/,
    })
    await app.close()
  }
})
