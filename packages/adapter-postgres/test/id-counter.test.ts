import type { IDatabaseAdapter } from '@json-express/core'
import t from 'tap'
import { startPostgres } from '../../../test/harness/servers/postgres-server.js'
import { planIds } from '../src/id-counter.js'
import { createPostgresAdapter } from '../src/index.js'
import { logs } from './fixtures/schemas.js'

t.test('what ids will be, whatever the highest was', async (t) => {
  const ids = [null, 10, null, 5, null, null, 12, null, -3, null]
  const { counted, atLeast, steps, floors } = planIds(ids)
  for (const highest of [0, 3, 9, 10, 11, 12, 50]) {
    let last = highest
    for (const [index, id] of ids.entries()) {
      last = id === null ? last + 1 : Math.max(last, id)
      if (id === null) t.equal(Math.max(highest + (steps[index] ?? 0), floors[index] ?? 0), last)
    }
    t.equal(Math.max(highest + counted, atLeast), last)
  }
})

t.test('ids', async (t) => {
  const server = await startPostgres(t)

  async function open(t: { teardown(fn: () => unknown): void }, url: string): Promise<IDatabaseAdapter> {
    const db = await createPostgresAdapter({ url })
    t.teardown(() => db.close())
    await db.migrate([logs])
    return db
  }

  t.test('what is refused or rolled back takes no id', async (t) => {
    const db = await open(t, await server.database())
    await db.insertMany('logs', [{}, {}])
    await t.rejects(db.insert('logs', { id: 2 }), { name: 'UniqueViolationError', fields: ['id'] })
    await t.rejects(db.insertMany('logs', [{}, { id: 90 }, { id: 90 }]), { name: 'UniqueViolationError' })
    const undone = db.transaction(async (session) => {
      t.equal((await session.insert('logs', {})).id, 3)
      t.equal((await session.insert('logs', { id: 70 })).id, 70)
      t.equal((await session.insert('logs', {})).id, 71)
      throw new Error('undo')
    })
    await t.rejects(undone, { message: 'undo' })
    t.equal((await db.insert('logs', {})).id, 3)
  })

  t.test('of many at once, over two adapters, each is used once and none is left out', async (t) => {
    const url = await server.database()
    const [one, other] = [await open(t, url), await open(t, url)]
    const inserts = Array.from({ length: 60 }, (_, n) => {
      const db = n % 2 ? one : other
      return n % 5 ? db.insert('logs', {}) : db.transaction((session) => session.insert('logs', {}))
    })
    const ids = (await Promise.all(inserts)).map(({ id }) => Number(id)).sort((a, b) => a - b)
    t.strictSame(
      ids,
      Array.from({ length: 60 }, (_, n) => n + 1),
    )
  })

  t.test('of deleted rows are not used again, also after rows that somebody else has stored', async (t) => {
    const url = await server.database()
    const db = await open(t, url)
    await db.insertMany('logs', [{}, {}, {}])
    await db.delete('logs', 3)
    await server.query('INSERT INTO logs (id) VALUES (40)', url)
    await db.migrate([logs])
    t.equal((await db.insert('logs', {})).id, 41)
  })

  t.test('nothing is stored, and nobody told so, when the counter is lost', async (t) => {
    const url = await server.database()
    const db = await open(t, url)
    await db.insertMany('logs', [{}, {}])
    await server.query('DELETE FROM _jex_ids', url)
    await t.rejects(db.insert('logs', {}), { message: /The counter of the ids of logs is missing/ })
    await t.rejects(db.insertMany('logs', [{ id: 7 }]), { message: /The counter of the ids of logs is missing/ })
    t.equal(await db.count('logs'), 2)
    await db.migrate([logs])
    t.equal((await db.insert('logs', {})).id, 3)
  })
})
