import assert from 'node:assert/strict'
import { adapterRule, articles, collection, column } from './subject.js'

const TEXTS = [
  '',
  ' ',
  ' spaces around ',
  "it's",
  '"double"',
  'back\\slash \\n',
  'line\nbreak\r\n\ttab',
  "'; DROP TABLE articles; --",
  '%_*?[a-z]',
  '$1 ?1 :a @b {{x}} $y',
  'null',
  '0',
  '007',
  '1e3',
  'true',
  '{"a":1}',
  'ÄÖÜ ß é e\u0301',
  '日本語 العربية',
  '😀 👩‍👩‍👧 \u{10FFFF} \uFFFD \uFEFF',
  '\u0001\u001f\u007f',
  'x'.repeat(100_000),
  '😀'.repeat(25_000),
]

const NUMBERS = [
  ...[0, 1, -1, 1.5, 0.1, 0.1 + 0.2, 1 / 3, -2.5e-7, 123456789.123],
  ...[2 ** 31 - 1, 2 ** 31, 2 ** 32 + 1, -(2 ** 40), 2 ** 53 - 1, -(2 ** 53 - 1), 2 ** 53, 2 ** 63, 2 ** 64],
  ...[1e21, 1e100, 1e308, -1e308, Number.MAX_VALUE, Number.MIN_VALUE, 2.2250738585072014e-308, Number.EPSILON],
]

const JSON_VALUES = [
  ...[0, -1.5, 1e300, true, false, '', 'text', '"quoted"', 'null', [], {}, [null], [[[]]]],
  { a: { b: [1, 'two', null, { c: false }] }, 'key with "quotes"': "it's", '': 0 },
  { emoji: '😀', nul: 'a\u0000b', slash: '\\u0000', line: '\u2028', long: 'x'.repeat(100_000) },
  Array.from({ length: 2000 }, (_, n) => ({ n })),
]

const wideColumns = Array.from({ length: 200 }, (_, n) => column(`c${n}`, 'number'))

export const valueRules = [
  adapterRule('text comes back as it was, and is found by itself', [articles], async (db) => {
    await db.insertMany(
      'articles',
      TEXTS.map((title, n) => ({ id: `t${n}`, title })),
    )
    for (const [n, title] of TEXTS.entries()) {
      assert.equal((await db.findByIds('articles', [`t${n}`]))[0]?.title, title)
      const where = [{ field: 'title', op: 'eq', value: title }] as const
      assert.deepEqual(
        await db.find('articles', { where, fields: ['id'] }),
        [{ id: `t${n}` }],
        JSON.stringify(title.slice(0, 50)),
      )
      assert.equal(await db.count('articles', { where: [{ field: 'title', op: 'in', value: [title] }] }), 1)
    }
  }),

  adapterRule('ids are any text', [collection('things')], async (db) => {
    const ids = TEXTS.filter((text) => text !== '' && text.length < 100)
    await db.insertMany(
      'things',
      ids.map((id) => ({ id })),
    )
    for (const id of ids) assert.deepEqual(await db.findByIds('things', [id]), [{ id }])
    assert.equal((await db.findByIds('things', ids)).length, ids.length)
    for (const id of ids) assert.deepEqual(await db.delete('things', id), { id })
  }),

  adapterRule('a number comes back as the same number, and is found by itself', [articles], async (db) => {
    await db.insertMany(
      'articles',
      NUMBERS.map((views, n) => ({ id: `n${n}`, views })),
    )
    for (const [n, views] of NUMBERS.entries()) {
      assert.equal((await db.findByIds('articles', [`n${n}`]))[0]?.views, views)
      for (const condition of [
        { op: 'eq', value: views },
        { op: 'in', value: [views] },
        { op: 'in', value: [views, 77.7] },
      ] as const) {
        const found = await db.find('articles', { where: [{ field: 'views', ...condition }], fields: ['id'] })
        assert.deepEqual(found, [{ id: `n${n}` }], `${condition.op} ${views}`)
      }
    }
    const sorted = await db.find('articles', { sort: [{ field: 'views', direction: 'asc' }] })
    assert.deepEqual(
      sorted.map(({ views }) => views),
      [...NUMBERS].sort((a, b) => a - b),
    )
  }),

  adapterRule('minus zero is zero', [articles], async (db) => {
    const { views } = await db.insert('articles', { id: 'a', views: -0 })
    // As in JSON.stringify, where the sign is gone: either may come back.
    assert.ok(views === 0)
    assert.equal(await db.count('articles', { where: [{ field: 'views', op: 'eq', value: 0 }] }), 1)
  }),

  adapterRule('booleans come back as booleans', [articles], async (db) => {
    await db.insertMany('articles', [{ id: 'a', open: true }, { id: 'b', open: false }, { id: 'c' }])
    assert.deepEqual(
      (await db.find('articles')).map(({ open }) => open),
      [true, false, null],
    )
    assert.equal((await db.update('articles', 'a', { open: false }))?.open, false)
  }),

  adapterRule('dates are ISO 8601 strings in UTC with milliseconds', [articles], async (db) => {
    const dates = [
      '1969-12-31T23:59:59.999Z',
      '2026-02-28T12:00:00.000Z',
      '2026-02-28T12:00:00.001Z',
      '9999-12-31T23:59:59.999Z',
    ]
    await db.insertMany('articles', dates.map((at, n) => ({ id: `d${n}`, at })).reverse())
    const found = await db.find('articles', { sort: [{ field: 'at', direction: 'asc' }] })
    assert.deepEqual(
      found.map(({ at }) => at),
      dates,
    )
    const later = await db.find('articles', { where: [{ field: 'at', op: 'gt', value: '2026-02-28T12:00:00.000Z' }] })
    assert.deepEqual(
      later.map(({ id }) => id),
      ['d2', 'd3'],
    )
    assert.equal(
      await db.count('articles', { where: [{ field: 'at', op: 'eq', value: '2026-02-28T12:00:00.001Z' }] }),
      1,
    )
    assert.equal(await db.count('articles', { where: [{ field: 'at', op: 'in', value: dates.slice(1, 3) }] }), 2)
  }),

  adapterRule('JSON comes back as it was, null as a missing value', [articles], async (db) => {
    await db.insertMany(
      'articles',
      JSON_VALUES.map((meta, n) => ({ id: `j${n}`, meta })),
    )
    for (const [n, meta] of JSON_VALUES.entries()) {
      assert.deepEqual((await db.findByIds('articles', [`j${n}`]))[0]?.meta, meta)
      assert.deepEqual((await db.update('articles', `j${n}`, { meta: { was: meta } }))?.meta, { was: meta })
    }
    await db.insert('articles', { id: 'none', meta: null })
    const where = [{ field: 'meta', op: 'eq', value: null }] as const
    assert.deepEqual(await db.find('articles', { where, fields: ['meta'] }), [{ id: 'none', meta: null }])
  }),

  adapterRule('a row may have many columns', [collection('wide', ...wideColumns)], async (db) => {
    const row = { id: 'a', ...Object.fromEntries(wideColumns.map(({ name }, n) => [name, n])) }
    assert.deepEqual(await db.insert('wide', row), row)
    await db.insertMany(
      'wide',
      Array.from({ length: 100 }, (_, n) => ({ ...row, id: `w${n}` })),
    )
    assert.equal(await db.count('wide'), 101)
  }),
]
