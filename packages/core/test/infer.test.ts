import t from 'tap'
import { inferFields } from '../src/index.js'

function kinds(rows: Record<string, unknown>[]): Record<string, string> {
  return Object.fromEntries(Object.entries(inferFields(rows)).map(([name, field]) => [name, field.kind]))
}

t.test('infers the kind of each field', async (t) => {
  t.strictSame(
    kinds([{ id: 1, title: 'a', price: 1.5, open: false, tags: ['a'], size: { w: 1 }, at: '2024-02-29T12:00:00Z' }]),
    {
      ...{ id: 'id', title: 'string', price: 'number', open: 'boolean' },
      ...{ tags: 'json', size: 'json', at: 'date' },
    },
  )
})

t.test('no rows still make an id', async (t) => {
  t.strictSame(inferFields([]), { id: { kind: 'id' } })
})

t.test('takes fields from every row', async (t) => {
  t.strictSame(kinds([{ a: 1 }, { b: 'x' }, {}]), { id: 'id', a: 'number', b: 'string' })
})

t.test('rows that disagree make json', async (t) => {
  t.strictSame(kinds([{ a: 1 }, { a: '1' }]), { id: 'id', a: 'json' })
  t.strictSame(kinds([{ a: 'text' }, { a: '2024-01-01T00:00:00Z' }]), { id: 'id', a: 'json' })
})

t.test('null says nothing', async (t) => {
  t.strictSame(kinds([{ a: null }, { a: 1 }, { a: null }]), { id: 'id', a: 'number' })
  t.strictSame(kinds([{ a: null }]), { id: 'id', a: 'json' })
})

t.test('only an ISO 8601 instant with a time zone is a date', async (t) => {
  const dates = ['2024-01-31T10:20:30Z', '2024-01-31T10:20:30.123Z', '2024-01-31T10:20:30+02:00']
  for (const at of dates) t.strictSame(kinds([{ at }]), { id: 'id', at: 'date' }, at)
  const texts = [
    ...['2024-01-31', '2024-01-31T10:20:30', '31.01.2024', '2024', '', 'x 2024-01-31T10:20:30Z'],
    ...['2024-01-31T10:20:30Z\n', '2024-13-31T10:20:30Z', '2024-01-31T25:20:30Z'],
  ]
  for (const at of texts) t.strictSame(kinds([{ at }]), { id: 'id', at: 'string' }, JSON.stringify(at))
})

const IDS = new Map([
  ...(['users', 'boxes', 'sheep', 'ids'] as const).map((name) => [name, 'integer'] as const),
  ['authors', 'uuid'] as const,
  ['tags', 'string'] as const,
])

t.test('<name>Id is a relation where there is such a collection', async (t) => {
  const rows = [{ userId: 1, boxId: 2, sheepId: 3, ghostId: 4, Id: 5, paid: 6, tagId: 'x' }, { userId: null }]
  const fields = inferFields(rows, IDS)
  t.match(fields, {
    user: { kind: 'relation', target: 'users', foreignKey: 'userId' },
    box: { kind: 'relation', target: 'boxes', foreignKey: 'boxId' },
    sheep: { kind: 'relation', target: 'sheep', foreignKey: 'sheepId' },
    tag: { kind: 'relation', target: 'tags', foreignKey: 'tagId' },
    ghostId: { kind: 'number' },
    Id: { kind: 'number' },
    paid: { kind: 'number' },
  })
  t.strictSame(Object.keys(fields).sort(), ['Id', 'box', 'ghostId', 'id', 'paid', 'sheep', 'tag', 'user'])
})

t.test('<name>Id is a plain field where a value cannot be an id there', async (t) => {
  for (const [userId, authorId, kinds] of [
    ['1', 1, { userId: 'string', authorId: 'number' }],
    [1.5, '', { userId: 'number', authorId: 'string' }],
    [-1, { id: 'x' }, { userId: 'number', authorId: 'json' }],
  ] as const) {
    const fields = inferFields([{ userId, authorId }, {}], IDS)
    t.strictSame(Object.fromEntries(Object.entries(fields).map(([name, { kind }]) => [name, kind])), {
      id: 'id',
      ...kinds,
    })
  }
})

t.test('names that every object inherits are fields like others', async (t) => {
  t.strictSame(kinds([{ constructor: 'Ferrari', toString: 1 }, {}]), {
    id: 'id',
    constructor: 'string',
    toString: 'number',
  })
})
