import { defineModel, types, type User } from '@json-express/core'
import t from 'tap'
import { resolveModels } from '../../src/models/resolve.js'
import { parseListQuery, type RawQuery } from '../../src/rest/query.js'

const { models } = resolveModels({
  packages: [],
  data: [],
  authenticated: true,
  app: [
    {
      name: 'notes',
      file: 'models/notes.ts',
      source: '',
      definition: defineModel({
        fields: {
          title: types.string(),
          views: types.number(),
          open: types.boolean(),
          at: types.date(),
          extra: types.json(),
          secret: types.string({ access: { read: 'admin' } }),
          mine: types.string({ access: { read: 'owner' } }),
          a_ne: types.string(),
          authorId: types.string(),
        },
        access: { read: 'owner', ownerField: 'authorId' },
      }),
    },
  ],
})
const [notes] = models
if (notes === undefined) throw new Error('no model')

const ann: User = { id: 'ann', role: 'user', sessionId: null, claims: {} }
const admin: User = { ...ann, id: 'root', role: 'admin' }
const own = { field: 'authorId', op: 'eq', value: 'ann' }
const where = (raw: RawQuery, user = ann) => parseListQuery(notes, user, raw).query.where

t.test('filters are typed', async (t) => {
  t.same(where({ title: 'x' }), [{ field: 'title', op: 'eq', value: 'x' }, own])
  t.same(where({ title: ['x', 'y'] }), [{ field: 'title', op: 'in', value: ['x', 'y'] }, own])
  t.same(where({ views_gte: '-1.5' }), [{ field: 'views', op: 'gte', value: -1.5 }, own])
  t.same(where({ open_ne: 'true' }), [{ field: 'open', op: 'ne', value: true }, own])
  t.same(where({ at_lt: '2026-01-01' }), [{ field: 'at', op: 'lt', value: '2026-01-01T00:00:00.000Z' }, own])
  t.same(where({ a_ne: 'x' }), [{ field: 'a_ne', op: 'eq', value: 'x' }, own], 'a field is a field first')
  t.same(where({}, admin), [], 'an admin sees all')
})

t.test('an own-records list may filter what an owner may read', async (t) => {
  t.same(where({ mine: 'x' }), [{ field: 'mine', op: 'eq', value: 'x' }, own])
})

t.test('paging, sorting, search', async (t) => {
  const { query, page } = parseListQuery(notes, ann, { _page: '3', _limit: '10', _sort: 'title,-views', q: 'a%' })
  t.match({ ...query, page }, { limit: 10, offset: 20, page: 3 })
  t.same(query.sort, [
    { field: 'title', direction: 'asc' },
    { field: 'views', direction: 'desc' },
  ])
  t.same(query.search, { text: 'a%', fields: ['title', 'mine', 'a_ne', 'authorId'] }, 'only what the caller may read')
})

t.test('what is named many times is done once', async (t) => {
  const many = (name: string) => Array(3000).fill(name).join(',')
  const raw = { _sort: `-views,${many('title')},${many('views')}`, _expand: many('author'), _embed: many('kid') }
  const { query, expand, embed } = parseListQuery(notes, ann, raw)
  t.same(query.sort, [
    { field: 'views', direction: 'desc' },
    { field: 'title', direction: 'asc' },
  ])
  t.same([expand, embed], [['author'], ['kid']])
  t.throws(() => parseListQuery(notes, ann, { _sort: many('nothing') }), { message: '_sort "nothing" is not a field' })
})

for (const raw of [
  { nothing: '1' },
  { secret: 'x' },
  { secret_like: 'x' },
  { _sort: 'secret' },
  { _fields: 'title,secret' },
  { _fields: '' },
  { _fields: ',' },
  { views: 'one' },
  { views: '' },
  { views: '0x10' },
  { views: 'Infinity' },
  { views_gt: ['1', '2'] },
  { open: 'yes' },
  { open_gt: 'true' },
  { at: 'yesterday' },
  { at: '2026-02-30' },
  { at: '2026-01-01T12:00:00' },
  { at_gte: '9999-12-31T23:59:59-14:00' },
  { extra: '{}' },
  { _sort: 'extra' },
  { views_like: '1' },
  { _page: '0' },
  { _page: '-1' },
  { _page: ['1', '2'] },
  { _limit: '1001' },
  { _limit: '1e2' },
  { q: '' },
  { q: ['a', 'b'] },
  { q: '\u0000' },
  { title: 'a\u0000' },
  { _order: 'asc' },
  { title_regex: '.*' },
  { constructor: 'x' },
  { __proto__x: 'x' },
] as RawQuery[]) {
  t.test(`refuses ${JSON.stringify(raw)}`, async (t) => {
    t.throws(() => parseListQuery(notes, ann, raw), { code: 'VALIDATION_FAILED', statusCode: 400 })
  })
}
