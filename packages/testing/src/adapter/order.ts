import assert from 'node:assert/strict'
import type { IDatabaseAdapter, Query } from '@json-express/core'
import { adapterRule, articles, column, numbered } from './subject.js'

/** In the order of their code points, which is not the order of UTF-16 units. */
const TEXTS = [
  '',
  ' ',
  'A',
  'Aa',
  'B',
  'Z',
  '_',
  'a',
  'a!',
  'b',
  'é',
  '日',
  '\uE000',
  '\uFFFD',
  '😀',
  '😁',
  '\u{10FFFF}',
]

export const orderRules = [
  adapterRule('text sorts and compares by code point', [articles], async (db) => {
    const mixed = TEXTS.map((title, n) => ({ id: `t${(n * 7) % TEXTS.length}`, title })).sort((a, b) =>
      a.id < b.id ? -1 : 1,
    )
    await db.insertMany('articles', mixed)
    const titles = async (query: Query) => (await db.find('articles', query)).map(({ title }) => title)
    assert.deepEqual(await titles({ sort: [{ field: 'title', direction: 'asc' }] }), TEXTS)
    assert.deepEqual(await titles({ sort: [{ field: 'title', direction: 'desc' }] }), [...TEXTS].reverse())
    for (const [n, value] of TEXTS.entries()) {
      const sort = [{ field: 'title', direction: 'asc' }] as const
      assert.deepEqual(await titles({ where: [{ field: 'title', op: 'gt', value }], sort }), TEXTS.slice(n + 1))
      assert.deepEqual(await titles({ where: [{ field: 'title', op: 'lte', value }], sort }), TEXTS.slice(0, n + 1))
    }
  }),

  adapterRule('null is first when ascending, ties are broken by id', [articles], async (db) => {
    const values = { a: 2, b: null, c: 1, d: 2, e: null, f: -1 }
    await db.insertMany(
      'articles',
      Object.entries(values)
        .map(([id, views]) => ({ id, views }))
        .reverse(),
    )
    assert.equal(await idsOf(db, { sort: [{ field: 'views', direction: 'asc' }] }), 'befcad')
    assert.equal(await idsOf(db, { sort: [{ field: 'views', direction: 'desc' }] }), 'adcfbe')
  }),

  adapterRule('false is before true, and the next key decides what the first leaves open', [articles], async (db) => {
    const rows = [
      ['a', true, 1],
      ['b', false, 2],
      ['c', null, 3],
      ['d', true, 4],
      ['e', false, 5],
    ] as const
    await db.insertMany(
      'articles',
      rows.map(([id, open, views]) => ({ id, open, views })),
    )
    assert.equal(await idsOf(db, { sort: [{ field: 'open', direction: 'asc' }] }), 'cbead')
    assert.equal(
      await idsOf(db, {
        sort: [
          { field: 'open', direction: 'asc' },
          { field: 'views', direction: 'desc' },
        ],
      }),
      'cebda',
    )
    assert.equal(
      await idsOf(db, {
        sort: [
          { field: 'open', direction: 'desc' },
          { field: 'id', direction: 'desc' },
        ],
      }),
      'daebc',
    )
  }),

  adapterRule(
    'without a sort rows come by id, integer ids as numbers',
    [articles, numbered('logs', column('text'))],
    async (db) => {
      await db.insertMany('articles', [{ id: 'c' }, { id: 'a' }, { id: 'B' }])
      assert.equal(await idsOf(db, {}), 'Bac')
      await db.insertMany('logs', [{ id: 10 }, { id: 9 }, { id: 100 }, { id: 2 }])
      assert.deepEqual(
        (await db.find('logs')).map(({ id }) => id),
        [2, 9, 10, 100],
      )
      const sort = [{ field: 'text', direction: 'desc' }] as const
      assert.deepEqual(
        (await db.find('logs', { sort })).map(({ id }) => id),
        [2, 9, 10, 100],
      )
    },
  ),

  adapterRule('limit and offset cut the sorted rows', [articles], async (db) => {
    await db.insertMany(
      'articles',
      [...'abcdefghij'].map((id) => ({ id, open: id > 'e' })),
    )
    assert.equal(await idsOf(db, { limit: 3 }), 'abc')
    assert.equal(await idsOf(db, { limit: 3, offset: 3 }), 'def')
    assert.equal(await idsOf(db, { offset: 8 }), 'ij')
    assert.equal(await idsOf(db, { limit: 5, offset: 9 }), 'j')
    assert.equal(await idsOf(db, { limit: 5, offset: 10 }), '')
    assert.equal(await idsOf(db, { limit: 0 }), '')
    assert.equal(await idsOf(db, { limit: 2, offset: 1, where: [{ field: 'open', op: 'eq', value: true }] }), 'gh')
    assert.equal(await idsOf(db, { limit: 2, sort: [{ field: 'open', direction: 'desc' }] }), 'fg')
    assert.equal(await db.count('articles'), 10)
  }),
]

async function idsOf(db: IDatabaseAdapter, query: Query): Promise<string> {
  return (await db.find('articles', query)).map(({ id }) => id).join('')
}
