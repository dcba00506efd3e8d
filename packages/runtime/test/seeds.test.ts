import { createMemoryAdapter } from '@json-express/adapter-memory'
import { type IDatabaseSession, UnavailableError } from '@json-express/core'
import t from 'tap'
import { resolveModels } from '../src/models/resolve.js'
import { loadSeeds, loadsSchema } from '../src/seeds.js'

const rows = Array.from({ length: 2500 }, (_, number) => ({ name: `tag ${number}` }))
const data = [{ name: 'tags', file: 'data/tags.json', rows }]
const { models } = resolveModels({ packages: [], app: [], data, authenticated: false })

async function database() {
  const db = createMemoryAdapter()
  await db.migrate([loadsSchema, ...models.map(({ schema }) => schema)])
  const lines: string[] = []
  const log = { info: (line: string) => void lines.push(line) } as unknown as Parameters<typeof loadSeeds>[3]
  return { db, log, lines }
}

t.test('many rows are stored a thousand at a time, since a statement may not take long', async (t) => {
  const { db, log, lines } = await database()
  const sizes: number[] = []
  const counting = (session: IDatabaseSession): IDatabaseSession => ({
    ...session,
    insertMany: (collection, some) => {
      sizes.push(some.length)
      return session.insertMany(collection, some)
    },
  })
  const transaction: typeof db.transaction = (work) => db.transaction((session) => work(counting(session)))
  await loadSeeds({ ...db, transaction }, models, data, log)
  t.strictSame(sizes, [1000, 1000, 500])
  t.equal(await db.count('tags'), 2500)
  t.strictSame(lines, ['loaded 2500 rows into tags from data/tags.json'])
})

t.test('an instance waits for another that loads the same rows for longer than a statement may take', async (t) => {
  const { db, log, lines } = await database()
  let tries = 0
  const transaction: typeof db.transaction = async () => {
    if (++tries === 2) await loadSeeds(db, models, data, log)
    throw new UnavailableError('The database does not work: canceling statement due to statement timeout')
  }
  await loadSeeds({ ...db, transaction }, models, data, log)
  t.equal(tries, 2)
  t.equal(lines.length, 1)

  const lost = await database()
  const health = () => Promise.reject(new UnavailableError('The database does not work: it is gone'))
  await t.rejects(loadSeeds({ ...lost.db, transaction, health }, models, data, log), { message: /it is gone/ })
})
