import { createMemoryAdapter } from '@json-express/adapter-memory'
import {
  type Collections,
  type Context,
  defineModel,
  type Hooks,
  type IDatabaseAdapter,
  types,
} from '@json-express/core'
import Fastify from 'fastify'
import t from 'tap'
import { createCollections } from '../../src/collections/collections.js'
import { resolveModels } from '../../src/models/resolve.js'

/** A package's model that counts how often the name of a boat has changed, in the write that changes it. */
const amendUpdate: Hooks['amendUpdate'] = (changes, { before }) => {
  if (changes.name !== before.name) changes.changed = Number(before.changed) + 1
}

async function boats(hooks: Hooks, db: IDatabaseAdapter = createMemoryAdapter()) {
  const model = defineModel({
    name: 'boats',
    fields: { id: types.id(), name: types.string({ maxLength: 20 }), changed: types.number({ default: 0, max: 100 }) },
    hooks,
  })
  const { models } = resolveModels({ packages: [{ origin: 'p', model }], app: [], data: [], authenticated: false })
  await db.migrate(models.map(({ schema }) => schema))
  const context = (collections: Collections) => ({ collections }) as Context
  const collections = createCollections({ models, db, context, log: Fastify().log })
  const { id } = await collections.get('boats').create({ name: 'Nele' })
  return { id, collections, collection: collections.get('boats') }
}

t.test('an update is amended by the row it is written over, and is one write', async (t) => {
  const seen: unknown[] = []
  let writes = 0
  const db = createMemoryAdapter()
  const counting: IDatabaseAdapter = {
    ...db,
    transaction: (work) =>
      db.transaction((session) =>
        work({
          ...session,
          update: (...args) => {
            writes++
            return session.update(...args)
          },
        }),
      ),
  }
  const hooks: Hooks = {
    amendUpdate,
    beforeUpdate: (changes, { record }) => void seen.push(['before', { ...changes }, record.changed]),
    withinUpdate: ({ changed }, { before }) => void seen.push(['within', changed, before.changed]),
    afterUpdate: ({ changed }, { before }) => void seen.push(['after', changed, before.changed]),
  }
  const { id, collection } = await boats(hooks, counting)
  t.match(await collection.update(id, { name: 'Rosa' }), { name: 'Rosa', changed: 1 })
  t.strictSame(seen, [
    ['before', { name: 'Rosa' }, 0],
    ['within', 1, 0],
    ['after', 1, 0],
  ])
  t.equal(writes, 1)
  t.match(await collection.update(id, { name: 'Rosa' }), { changed: 1 })
})

t.test('of writes at once none takes the row of another for its own', async (t) => {
  const { id, collection } = await boats({ amendUpdate })
  await Promise.all(Array.from({ length: 10 }, (_, i) => collection.update(id, { name: `Nele ${i}` })))
  t.match(await collection.get(id), { changed: 10 })
})

t.test('inside a transaction it sees what that has written', async (t) => {
  const { id, collections } = await boats({ amendUpdate })
  await collections.transaction(async (inside) => {
    for (const name of ['Rosa', 'Emma']) await inside.get('boats').update(id, { name })
  })
  t.match(await collections.get('boats').get(id), { name: 'Emma', changed: 2 })
})

t.test('a database that runs a transaction again starts from the changes that were asked for', async (t) => {
  const db = createMemoryAdapter()
  const again: IDatabaseAdapter = {
    ...db,
    async transaction(work) {
      const undone = new Error('undone')
      const first = db.transaction(async (session) => {
        await session.update('boats', String(id), { changed: 41 })
        await work(session)
        throw undone
      })
      await t.rejects(first, undone)
      return db.transaction(work)
    },
  }
  const given: unknown[] = []
  const { id, collection } = await boats(
    {
      amendUpdate(changes, { before }) {
        given.push({ ...changes })
        changes.changed = Number(before.changed) + 1
      },
    },
    again,
  )
  t.match(await collection.update(id, { name: 'Rosa' }), { changed: 1 })
  t.strictSame(given, [{ name: 'Rosa' }, { name: 'Rosa' }])
})

t.test('what it makes of the changes is checked, and a throw leaves the row as it was', async (t) => {
  for (const [hook, error] of [
    [() => ({ changed: 101 }), { code: 'VALIDATION_FAILED' }],
    [() => ({ id: 'another' }), { code: 'VALIDATION_FAILED' }],
    [
      () => {
        throw new Error('not now')
      },
      { message: 'not now' },
    ],
  ] as const) {
    const { id, collection } = await boats({ amendUpdate: hook })
    await t.rejects(collection.update(id, { name: 'Rosa' }), error)
    t.match(await collection.get(id), { name: 'Nele', changed: 0 })
  }
})

t.test('where a condition does not hold nothing is written, and no one is told', async (t) => {
  const told: unknown[] = []
  const { id, collection } = await boats({ amendUpdate, afterUpdate: (boat) => void told.push(boat) })
  t.equal(await collection.update(id, { name: 'Rosa' }, { ifMatch: { name: 'Emma' } }), null)
  t.equal(await collection.update('nobody', { name: 'Rosa' }), null)
  t.match(await collection.get(id), { name: 'Nele', changed: 0 })
  t.strictSame(told, [])
})
