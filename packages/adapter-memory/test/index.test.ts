import { readFileSync } from 'node:fs'
import { createHost, manifestRules } from '@json-express/testing'
import t from 'tap'
import plugin from '../src/index.js'

const books = {
  name: 'books',
  columns: [{ name: 'id', type: 'integer', required: false, unique: false, index: false }],
} as const

t.test('the plugin decorates app.db and closes it', async (t) => {
  const app = createHost()
  await app.register(plugin)
  const { db } = app
  await db.migrate([books])
  t.strictSame(await db.insert('books', {}), { id: 1 })
  await app.close()
  await t.rejects(db.find('books'), { name: 'UnavailableError' })
})

t.test('production is told that nothing is kept', async (t) => {
  for (const mode of ['development', 'production'] as const) {
    const lines: string[] = []
    const stream = { write: (line: string) => lines.push(line) }
    const app = createHost({ mode, server: { logger: { level: 'warn', stream } } })
    await app.register(plugin)
    await app.close()
    t.equal(lines.filter((line) => line.includes('forgets every record')).length, mode === 'production' ? 1 : 0, mode)
  }
})

t.test('the manifest', async (t) => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  for (const rule of manifestRules) t.test(rule.name, () => rule.run(manifest))
})
