import { createMemoryAdapter } from '@json-express/adapter-memory'
import {
  type Collections,
  type Context,
  defineModel,
  type Hooks,
  type IDatabaseAdapter,
  types,
} from '@json-express/core'
import t from 'tap'
import { createCollections } from '../../src/collections/collections.js'
import { resolveModels } from '../../src/models/resolve.js'

type Log = Parameters<typeof createCollections>[0]['log']

const NAMES = ['Create', 'Update', 'Delete'].flatMap((op) => [`before${op}`, `within${op}`, `after${op}`])

/** Notes whose hooks, a package's and the app's, note down when they run: `open` says that a transaction is. */
async function notes(own: Hooks = {}) {
  const events: string[] = []
  const errors: unknown[] = []
  let open = false
  const memory = createMemoryAdapter()
  const db: IDatabaseAdapter = {
    ...memory,
    transaction: (work) =>
      memory
        .transaction(async (session) => {
          open = true
          return work(session)
        })
        .finally(() => {
          open = false
        }),
  }
  const noting = (whose: string): Hooks =>
    Object.fromEntries(NAMES.map((name) => [name, () => void events.push(`${whose} ${name}${open ? ' inside' : ''}`)]))
  const { models } = resolveModels({
    packages: [
      {
        origin: 'pkg',
        model: defineModel({ name: 'notes', fields: { text: types.string() }, hooks: noting('package') }),
      },
    ],
    app: [
      {
        name: 'notes',
        file: 'models/notes.ts',
        source: '',
        definition: defineModel({ fields: {}, hooks: { ...noting('app'), ...own } }),
      },
    ],
    data: [],
    authenticated: true,
  })
  await db.migrate(models.map(({ schema }) => schema))
  const context = (collections: Collections, request: Context['request'] = { user: null }) =>
    ({ collections, request }) as Context
  const log = { error: ({ err }: { err: unknown }) => void errors.push(err) } as unknown as Log
  const collections = createCollections({ models, db, context, log })
  return { collections, events, errors, all: collections.get('notes') }
}

t.test('before-hooks run before the transaction, within-hooks in it, after-hooks after it', async (t) => {
  const { all, events } = await notes()
  const { id } = await all.create({ text: 'a' })
  await all.update(id, { text: 'b' })
  await all.delete(id)
  t.strictSame(
    events,
    ['Create', 'Update', 'Delete'].flatMap((op) => [
      ...[`package before${op}`, `app before${op}`],
      ...[`package within${op} inside`, `app within${op} inside`],
      ...[`package after${op}`, `app after${op}`],
    ]),
  )
})

t.test('nothing runs for a record that is not there', async (t) => {
  const { all, events } = await notes()
  t.equal(await all.update('nobody', { text: 'b' }), null)
  t.equal(await all.delete('nobody'), null)
  t.strictSame(events, [])
})

t.test('before-hooks go on with what they change or return, which is checked again', async (t) => {
  const { all } = await notes({
    beforeCreate: (data) => ({ ...data, text: `${data.text}!` }),
    beforeUpdate(changes, { record }) {
      changes.text = changes.text === 'number' ? 5 : `${record.text} ${changes.text}`
    },
  })
  const { id } = await all.create({ text: 'a' })
  t.match(await all.update(id, { text: 'b' }), { text: 'a! b' })
  await t.rejects(all.update(id, { text: 'number' }), { code: 'VALIDATION_FAILED' })
  t.match(await all.get(id), { text: 'a! b' })
})

t.test('a before-hook that throws refuses the write', async (t) => {
  const refuse = () => {
    throw new Error('no')
  }
  const { all, events } = await notes({ beforeUpdate: refuse, beforeDelete: refuse })
  const { id } = await all.create({ text: 'a' })
  events.length = 0
  await t.rejects(all.update(id, { text: 'b' }), { message: 'no' })
  await t.rejects(all.delete(id), { message: 'no' })
  t.strictSame(events, ['package beforeUpdate', 'package beforeDelete'])
  t.match(await all.find(), [{ text: 'a' }])
})

for (const [hook, write] of [
  ['withinCreate', (all, _id) => all.create({ text: 'b' })],
  ['withinUpdate', (all, id) => all.update(id, { text: 'b' })],
  ['withinDelete', (all, id) => all.delete(id)],
] as [keyof Hooks, (all: ReturnType<Collections['get']>, id: string | number) => Promise<unknown>][]) {
  t.test(`a throw in ${hook} rolls everything back and no after-hook runs`, async (t) => {
    let armed = false
    const { all, events } = await notes({
      async [hook]({ id }: { id: string }, { collections }: Context) {
        if (!armed) return
        armed = false
        await collections.get('notes').create({ text: `beside ${id}` })
        throw new Error('no')
      },
    })
    const { id } = await all.create({ text: 'a' })
    events.length = 0
    armed = true
    await t.rejects(write(all, id), { message: 'no' })
    t.match(await all.find(), [{ id, text: 'a' }])
    t.equal(await all.count(), 1)
    t.notOk(
      events.some((event) => event.includes('after')),
      events.join(', '),
    )
  })
}

t.test('withinUpdate and afterUpdate know the record from before', async (t) => {
  const seen: unknown[] = []
  const { all } = await notes({
    withinUpdate: (record, { before }) => void seen.push(before.text, record.text),
    afterUpdate: (record, { before }) => void seen.push(before.text, record.text),
  })
  const { id } = await all.create({ text: 'a' })
  await all.update(id, { text: 'b' })
  t.strictSame(seen, ['a', 'b', 'a', 'b'])
})

t.test('an after-hook that fails is logged and undoes nothing', async (t) => {
  const fail = () => {
    throw new Error('too late')
  }
  const { all, errors } = await notes({ afterCreate: fail, afterUpdate: fail, afterDelete: fail })
  const { id } = await all.create({ text: 'a' })
  t.match(await all.update(id, { text: 'b' }), { text: 'b' })
  t.match(await all.delete(id), { text: 'b' })
  t.match(errors, [{ message: 'too late' }, { message: 'too late' }, { message: 'too late' }])
})

t.test('after-hooks of a transaction wait for its commit, and are forgotten with it', async (t) => {
  const { collections, events } = await notes()
  await collections.transaction(async (inside) => {
    await inside.get('notes').create({ text: 'a' })
    t.notOk(events.some((event) => event.includes('after')))
  })
  t.strictSame(events.slice(-2), ['package afterCreate', 'app afterCreate'])
  events.length = 0
  await t.rejects(
    collections.transaction(async (inside) => {
      await inside.get('notes').create({ text: 'b' })
      throw new Error('no')
    }),
    { message: 'no' },
  )
  t.notOk(events.some((event) => event.includes('after')))
  t.equal(await collections.get('notes').count(), 1)
})
