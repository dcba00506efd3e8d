import { createHost, manifestRules } from '@json-express/testing'
import t from 'tap'
import packageJson from '../package.json' with { type: 'json' }
import kvMemory from '../src/index.js'

for (const rule of manifestRules) t.test(rule.name, () => rule.run(packageJson))

t.test('decorates app.kv and closes it with the server', async (t) => {
  const app = createHost()
  await app.register(kvMemory)
  await app.kv.set('key', 1)
  t.equal(await app.kv.get('key'), 1)
  const { kv } = app
  await app.close()
  await t.rejects(kv.get('key'), { name: 'UnavailableError' })
})

t.test('warns in production, and names what to install', async (t) => {
  for (const [mode, warnings] of Object.entries({ production: 1, staging: 1, development: 0, test: 0 })) {
    const lines: string[] = []
    const stream = { write: (line: string) => void lines.push(line) }
    const app = createHost({ mode, server: { logger: { level: 'warn', stream } } })
    await app.register(kvMemory)
    t.equal(lines.length, warnings, mode)
    for (const line of lines) t.match(line, '@json-express/kv-sqlite')
    await app.close()
  }
})
