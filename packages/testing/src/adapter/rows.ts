import assert from 'node:assert/strict'
import { adapterRule, articles, collection, column, numbered } from './subject.js'

const empty = { title: null, views: null, open: null, at: null, meta: null }

const WORDS = [
  'order',
  'group',
  'select',
  'where',
  'from',
  'user',
  'table',
  'index',
  'primary',
  'default',
  'desc',
  'as',
]
const oddlyNamed = [...WORDS, 'Mixed_Case-9'].map((name) => collection(name, ...WORDS.map((word) => column(word))))

const inherited = collection('cars', column('constructor'), column('toString'), column('valueOf', 'json'))

const LONG = 'n'.repeat(62)
const nearlyAlike = collection(
  `${LONG}c`,
  ...['x', 'y', 'z'].map((end) => column(LONG + end, 'string', { unique: true })),
)

export const rowRules = [
  adapterRule('insert returns the row whole, absent columns as null', [articles], async (db) => {
    const whole = { id: 'a', title: 'T', views: 1, open: true, at: '2026-01-02T03:04:05.678Z', meta: { k: 1 } }
    assert.deepEqual(await db.insert('articles', whole), whole)
    assert.deepEqual(await db.insert('articles', { id: 'b', title: undefined }), { id: 'b', ...empty })
    assert.deepEqual(await db.find('articles'), [whole, { id: 'b', ...empty }])
  }),

  adapterRule('names that every object inherits are columns like others', [inherited], async (db) => {
    assert.deepEqual(await db.insert('cars', { id: 'a' }), {
      id: 'a',
      constructor: null,
      toString: null,
      valueOf: null,
    })
    await db.insertMany('cars', [{ id: 'b', constructor: 'Alpine' }])
    assert.equal((await db.update('cars', 'a', { toString: 'x' }))?.toString, 'x')
    assert.deepEqual(await db.find('cars', { where: [{ field: 'constructor', op: 'eq', value: 'Alpine' }] }), [
      { id: 'b', constructor: 'Alpine', toString: null, valueOf: null },
    ])
  }),

  adapterRule('a collection may have nothing but ids', [collection('tags'), numbered('numbers')], async (db) => {
    assert.deepEqual(await db.insert('tags', { id: 'a' }), { id: 'a' })
    assert.deepEqual(await db.insert('numbers', {}), { id: 1 })
    assert.deepEqual(await db.find('tags'), [{ id: 'a' }])
  }),

  adapterRule('rows go in and come out as copies', [articles], async (db) => {
    const meta = { list: [1] }
    const given = { id: 'a', title: 'T', meta }
    const inserted = await db.insert('articles', given)
    given.title = 'changed'
    meta.list.push(2)
    inserted.title = 'changed'
    ;(inserted.meta as typeof meta).list.push(3)
    const [found] = await db.findByIds('articles', ['a'])
    assert.deepEqual(found, { id: 'a', ...empty, title: 'T', meta: { list: [1] } })
    if (found) (found.meta as typeof meta).list.push(4)
    assert.deepEqual((await db.find('articles'))[0]?.meta, { list: [1] })
  }),

  adapterRule('a write that has to wait works on what it was called with', [articles], async (db) => {
    await db.insert('articles', { id: 'z', title: 'z' })
    const row = { id: 'a', title: 'T' }
    const many = [{ id: 'b', title: 'T' }]
    const changes = { title: 'T' }
    const waiting = await db.transaction(async (session) => {
      await session.insert('articles', { id: 'first' })
      const writes = [db.insert('articles', row), db.insertMany('articles', many), db.update('articles', 'z', changes)]
      for (const one of [row, changes, ...many]) one.title = 'changed'
      many.push({ id: 'c', title: 'T' })
      return { writes }
    })
    await Promise.all(waiting.writes)
    const titles = (await db.find('articles')).map(({ id, title }) => [id, title])
    assert.deepEqual(titles, [
      ['a', 'T'],
      ['b', 'T'],
      ['first', null],
      ['z', 'T'],
    ])
  }),

  adapterRule('insertMany stores many rows, or none at all', [articles], async (db) => {
    await db.insertMany('articles', [])
    const rows = Array.from({ length: 3000 }, (_, n) => ({ id: `a${n}`, views: n }))
    await db.insertMany('articles', rows)
    assert.equal(await db.count('articles'), 3000)
    await assert.rejects(db.insertMany('articles', [{ id: 'new' }, { id: 'a17' }, { id: 'later' }]))
    assert.equal(await db.count('articles'), 3000)
    assert.deepEqual(await db.findByIds('articles', ['new', 'later']), [])
  }),

  adapterRule('findByIds gives each row once and leaves out what is not there', [articles], async (db) => {
    await db.insertMany(
      'articles',
      Array.from({ length: 10 }, (_, n) => ({ id: `a${n}` })),
    )
    const ids = async (wanted: string[]) => (await db.findByIds('articles', wanted)).map(({ id }) => id).sort()
    assert.deepEqual(await ids([]), [])
    assert.deepEqual(await ids(['a1']), ['a1'])
    assert.deepEqual(await ids(['nobody']), [])
    assert.deepEqual(await ids(['a3', 'nobody', 'a1', 'a3', "a' or '1'='1"]), ['a1', 'a3'])
    assert.deepEqual(
      await ids(Array.from({ length: 5000 }, (_, n) => `a${n}`)),
      Array.from({ length: 10 }, (_, n) => `a${n}`),
    )
  }),

  adapterRule('an id of the wrong type is an id that does not exist', [articles, numbered('logs')], async (db) => {
    await db.insert('articles', { id: '5' })
    await db.insert('logs', { id: 5 })
    assert.deepEqual(await db.findByIds('articles', [5]), [])
    assert.deepEqual(await db.findByIds('articles', [5, 6]), [])
    assert.deepEqual(await db.findByIds('logs', ['5']), [])
    assert.deepEqual(await db.findByIds('logs', ['5', 'nonsense']), [])
    assert.deepEqual(await db.findByIds('logs', ['nonsense', 5]), [{ id: 5 }])
    assert.equal(await db.update('logs', 'nonsense', {}), null)
    assert.equal(await db.delete('logs', 'nonsense'), null)
    assert.equal(await db.delete('articles', 5), null)
  }),

  adapterRule('fields picks columns, and id always comes with them', [articles], async (db) => {
    await db.insertMany('articles', [
      { id: 'a', title: 'A', views: 1, open: true, meta: [1] },
      { id: 'b', title: 'B' },
    ])
    assert.deepEqual(await db.findByIds('articles', ['a'], ['id', 'open', 'meta']), [
      { id: 'a', open: true, meta: [1] },
    ])
    assert.deepEqual(await db.findByIds('articles', ['b'], ['views']), [{ id: 'b', views: null }])
    assert.deepEqual(await db.find('articles', { fields: ['title'] }), [
      { id: 'a', title: 'A' },
      { id: 'b', title: 'B' },
    ])
    const [first] = await db.find('articles', { fields: ['title'], where: [{ field: 'views', op: 'eq', value: 1 }] })
    assert.deepEqual(first, { id: 'a', title: 'A' })
    assert.deepEqual(await db.find('articles', { fields: [], limit: 1 }), [{ id: 'a' }])
  }),

  adapterRule('update changes the named columns and returns the row as it is after', [articles], async (db) => {
    await db.insertMany('articles', [
      { id: 'a', title: 'A', views: 1, meta: { k: 1 } },
      { id: 'b', title: 'B' },
    ])
    const after = { id: 'a', ...empty, title: null, views: 2, meta: { k: 2 } }
    assert.deepEqual(await db.update('articles', 'a', { title: null, views: 2, meta: { k: 2 } }), after)
    assert.deepEqual(await db.update('articles', 'a', {}), after)
    assert.equal(await db.update('articles', 'nobody', { title: 'x' }), null)
    assert.equal(await db.update('articles', 'nobody', {}), null)
    assert.deepEqual(await db.find('articles'), [after, { id: 'b', ...empty, title: 'B' }])
  }),

  adapterRule('delete removes one row and returns it', [articles], async (db) => {
    await db.insertMany('articles', [{ id: 'a', title: 'A', meta: [1] }, { id: 'b' }])
    assert.deepEqual(await db.delete('articles', 'a'), { id: 'a', ...empty, title: 'A', meta: [1] })
    assert.equal(await db.delete('articles', 'a'), null)
    assert.deepEqual(await db.find('articles', { fields: ['id'] }), [{ id: 'b' }])
  }),

  adapterRule('names may be words of the query language', oddlyNamed, async (db) => {
    for (const { name, columns } of oddlyNamed) {
      const fields = columns.map((one) => one.name).filter((field) => field !== 'id')
      const row = { id: 'a', ...Object.fromEntries(fields.map((field) => [field, `value of ${field}`])) }
      assert.deepEqual(await db.insert(name, row), row)
      for (const field of fields) {
        const value = `value of ${field}`
        const query = {
          where: [{ field, op: 'eq', value }],
          sort: [{ field, direction: 'desc' }],
          fields: [field],
        } as const
        assert.deepEqual(await db.find(name, query), [{ id: 'a', [field]: value }])
        assert.equal(await db.count(name, { search: { fields: [field], text: 'VALUE' } }), 1)
        assert.equal((await db.update(name, 'a', { [field]: 'new' }, { ifMatch: { [field]: value } }))?.[field], 'new')
      }
      assert.equal((await db.delete(name, 'a'))?.id, 'a')
    }
  }),

  adapterRule('names may be long and nearly alike', [nearlyAlike], async (db) => {
    const { name, columns } = nearlyAlike
    await db.insert(name, { id: 'a', ...Object.fromEntries(columns.slice(1).map((one) => [one.name, one.name])) })
    for (const { name: field } of columns.slice(1)) {
      await assert.rejects(db.insert(name, { id: 'b', [field]: field }), {
        name: 'UniqueViolationError',
        fields: [field],
      })
    }
    assert.deepEqual(await db.migrate([nearlyAlike]), { created: [], extended: [], warnings: [] })
  }),

  adapterRule('unknown collections and columns are refused, whatever they look like', [articles], async (db) => {
    await db.insert('articles', { id: 'a', title: 'A' })
    for (const field of [
      'nix',
      'title" = "title',
      "title'; drop table articles; --",
      'articles.title',
      '*',
      'title as x',
      '',
    ]) {
      await assert.rejects(db.insert('articles', { id: 'b', [field]: 'x' }), field)
      await assert.rejects(db.update('articles', 'a', { [field]: 'x' }), field)
      await assert.rejects(db.update('articles', 'a', { title: 'x' }, { ifMatch: { [field]: 'x' } }), field)
      await assert.rejects(db.find('articles', { where: [{ field, op: 'eq', value: 'x' }] }), field)
      await assert.rejects(db.find('articles', { sort: [{ field, direction: 'asc' }] }), field)
      await assert.rejects(db.find('articles', { fields: [field] }), field)
      await assert.rejects(db.find('articles', { search: { fields: [field], text: 'x' } }), field)
    }
    for (const name of ['nix', 'articles" where 1', 'sqlite_master', 'pg_class'])
      await assert.rejects(db.find(name), name)
    assert.deepEqual(await db.find('articles', { fields: ['title'] }), [{ id: 'a', title: 'A' }])
  }),
]
