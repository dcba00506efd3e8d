import assert from 'node:assert/strict'
import type { Condition, Filter, IDatabaseAdapter } from '@json-express/core'
import { adapterRule, articles } from './subject.js'

const ROWS = [
  { id: 'a', title: 'Alpha', views: 1, open: true, at: '2026-01-01T00:00:00.000Z' },
  { id: 'b', title: 'beta', views: 2.5, open: false, at: '2026-02-01T00:00:00.000Z' },
  { id: 'c', title: 'gamma', views: -3, open: true, at: '2026-03-01T00:00:00.000Z' },
  { id: 'n' },
]

/** Condition and the ids it holds for, letters of one string. */
const CASES: [Condition, string][] = [
  [{ field: 'title', op: 'eq', value: 'beta' }, 'b'],
  [{ field: 'title', op: 'eq', value: 'BETA' }, ''],
  [{ field: 'title', op: 'ne', value: 'beta' }, 'acn'],
  [{ field: 'title', op: 'eq', value: null }, 'n'],
  [{ field: 'title', op: 'ne', value: null }, 'abc'],
  [{ field: 'title', op: 'gt', value: 'beta' }, 'c'],
  [{ field: 'title', op: 'gte', value: 'beta' }, 'bc'],
  [{ field: 'title', op: 'lt', value: 'beta' }, 'a'],
  [{ field: 'title', op: 'lte', value: 'beta' }, 'ab'],
  [{ field: 'views', op: 'eq', value: 2.5 }, 'b'],
  [{ field: 'views', op: 'ne', value: 2.5 }, 'acn'],
  [{ field: 'views', op: 'gt', value: 1 }, 'b'],
  [{ field: 'views', op: 'gte', value: 1 }, 'ab'],
  [{ field: 'views', op: 'lt', value: 1 }, 'c'],
  [{ field: 'views', op: 'lte', value: 1 }, 'ac'],
  [{ field: 'open', op: 'eq', value: true }, 'ac'],
  [{ field: 'open', op: 'eq', value: false }, 'b'],
  [{ field: 'open', op: 'ne', value: true }, 'bn'],
  [{ field: 'open', op: 'eq', value: null }, 'n'],
  [{ field: 'at', op: 'gte', value: '2026-02-01T00:00:00.000Z' }, 'bc'],
  [{ field: 'at', op: 'ne', value: '2026-02-01T00:00:00.000Z' }, 'acn'],
  [{ field: 'id', op: 'ne', value: 'a' }, 'bcn'],
  [{ field: 'id', op: 'gt', value: 'b' }, 'cn'],
  [{ field: 'meta', op: 'eq', value: null }, 'abcn'],
  [{ field: 'title', op: 'in', value: [] }, ''],
  [{ field: 'title', op: 'notIn', value: [] }, 'abcn'],
  [{ field: 'title', op: 'in', value: ['beta', 'gamma', 'beta', 'nix'] }, 'bc'],
  [{ field: 'title', op: 'notIn', value: ['beta', 'gamma'] }, 'an'],
  [{ field: 'title', op: 'in', value: [null] }, 'n'],
  [{ field: 'title', op: 'in', value: ['beta', null] }, 'bn'],
  [{ field: 'title', op: 'notIn', value: [null] }, 'abc'],
  [{ field: 'title', op: 'notIn', value: ['beta', null] }, 'ac'],
  [{ field: 'views', op: 'in', value: [1, 2.5, 99] }, 'ab'],
  [{ field: 'views', op: 'notIn', value: [1, 2.5, 99] }, 'cn'],
  [{ field: 'open', op: 'in', value: [false] }, 'b'],
  [{ field: 'open', op: 'in', value: [true, null] }, 'acn'],
  [{ field: 'open', op: 'notIn', value: [true] }, 'bn'],
  [{ field: 'at', op: 'in', value: ['2026-01-01T00:00:00.000Z'] }, 'a'],
]

export const filterRules = [
  ...CASES.map(([condition, expected]) =>
    adapterRule(`${condition.field} ${condition.op} ${JSON.stringify(condition.value)}`, [articles], async (db) => {
      await db.insertMany('articles', ROWS)
      assert.equal(await idsOf(db, { where: [condition] }), expected)
    }),
  ),

  adapterRule('all conditions must hold, with the search', [articles], async (db) => {
    await db.insertMany('articles', ROWS)
    const open = { field: 'open', op: 'eq', value: true } as const
    assert.equal(await idsOf(db, { where: [open, { field: 'views', op: 'gt', value: 0 }] }), 'a')
    const between = [
      { field: 'views', op: 'gt', value: -5 },
      { field: 'views', op: 'lt', value: 2 },
    ] as const
    assert.equal(await idsOf(db, { where: between }), 'ac')
    assert.equal(await idsOf(db, { where: [open], search: { fields: ['title'], text: 'MM' } }), 'c')
    assert.equal(await idsOf(db, { where: [] }), 'abcn')
  }),

  adapterRule('in and notIn take 5000 values', [articles], async (db) => {
    await db.insertMany('articles', ROWS)
    const numbers = Array.from({ length: 5000 }, (_, n) => n)
    const texts = numbers.map((n) => `no ${n}`)
    assert.equal(await idsOf(db, { where: [{ field: 'title', op: 'in', value: [...texts, 'beta'] }] }), 'b')
    assert.equal(await idsOf(db, { where: [{ field: 'title', op: 'notIn', value: [...texts, 'beta'] }] }), 'acn')
    assert.equal(await idsOf(db, { where: [{ field: 'views', op: 'in', value: numbers }] }), 'a')
    assert.equal(await idsOf(db, { where: [{ field: 'views', op: 'in', value: numbers.map((n) => n + 0.5) }] }), 'b')
  }),

  adapterRule('like means contains: no wildcards, only ASCII letters in either case', [articles], async (db) => {
    const titles = { p: '100% sure', u: 'snake_case', s: 'back\\slash', x: 'XyZ', e: 'École', q: "it's [a-z]*?" }
    await db.insertMany(
      'articles',
      Object.entries(titles).map(([id, title]) => ({ id, title })),
    )
    await db.insert('articles', { id: 'z' })
    const cases = {
      ...{ '%': 'p', '0% S': 'p', _: 'u', E_C: 'u', '\\': 's', '\\S': 's', x_z: '', 'x%z': '', xYz: 'x', y: 'x' },
      ...{
        École: 'e',
        École_: '',
        école: '',
        COLE: 'e',
        É: 'e',
        é: '',
        "'S [": 'q',
        '[a': 'q',
        '*?': 'q',
        '.': '',
        '': 'epqsux',
      },
      ...{ ['s'.repeat(60_000)]: '' },
    }
    for (const [text, expected] of Object.entries(cases)) {
      const label = JSON.stringify(text.slice(0, 20))
      assert.equal(await idsOf(db, { where: [{ field: 'title', op: 'like', value: text }] }), expected, label)
      assert.equal(await idsOf(db, { search: { fields: ['title'], text } }), expected, label)
    }
  }),

  adapterRule('search looks in every field it is given', [articles], async (db) => {
    await db.insertMany('articles', [{ id: 'xay', title: 'one' }, { id: 'b', title: 'XAY two' }, { id: 'c' }])
    assert.equal(await idsOf(db, { search: { fields: ['id', 'title'], text: 'xay' } }), 'bxay')
    assert.equal(await idsOf(db, { search: { fields: ['title'], text: 'xay' } }), 'b')
    assert.equal(await idsOf(db, { search: { fields: [], text: 'xay' } }), '')
  }),
]

/** The ids in order, in one string; what `count` says has to agree. */
async function idsOf(db: IDatabaseAdapter, filter: Filter): Promise<string> {
  const ids = (await db.find('articles', filter)).map(({ id }) => id)
  assert.equal(await db.count('articles', filter), ids.length, 'count agrees with find')
  return ids.join('')
}
