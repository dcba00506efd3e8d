import { createApp } from '@json-express/runtime'
import t from 'tap'
import { appFolder } from '../harness/app-folder.js'
import { startPostgres } from '../harness/servers/postgres-server.js'

const CROWD = 60

/** Every note counts up one row: all want the same one at once. */
const notes = `import { defineModel, types } from '@json-express/core'
const runs = globalThis.runs = { within: 0, after: 0 }
export default defineModel({ fields: { text: types.string() }, hooks: {
  async withinCreate(note, { collections }) {
    runs.within++
    const { n } = await collections.get('counts').get(1)
    await collections.get('counts').update(1, { n: n + 1 })
  },
  afterCreate() { runs.after++ },
} })`

t.test('a crowd that conflicts within hooks gets through; after-hooks run once each', async (t) => {
  const postgres = await startPostgres(t)
  const dir = appFolder(t, {
    dependencies: { '@json-express/runtime': '*', '@json-express/adapter-postgres': '*' },
    files: {
      'models/notes.ts': notes,
      'data/counts.json': [{ id: 1, n: 0 }],
      '.env': `jex.adapter-postgres.url=${await postgres.database()}\njex.adapter-postgres.statementTimeout=60s\njex.adapter-postgres.connectTimeout=60s\n`,
    },
  })
  const app = await createApp({ dir, env: {}, log: { write: () => {} } })
  t.teardown(() => app.close())
  const post = (_: unknown, number: number) =>
    app.inject({ method: 'POST', url: '/notes', payload: { text: `note ${number}` } })
  const answers = await Promise.all(Array.from({ length: CROWD }, post))
  t.strictSame([...new Set(answers.map(({ statusCode }) => statusCode))], [201])
  const { runs } = globalThis as unknown as { runs: { within: number; after: number } }
  t.match(await app.db.findByIds('counts', [1]), [{ n: CROWD }])
  t.equal(await app.db.count('notes'), CROWD)
  t.equal(runs.after, CROWD)
  t.ok(runs.within >= CROWD, `${runs.within} tries`)
})
