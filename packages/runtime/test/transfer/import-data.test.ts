import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createMemoryAdapter } from '@json-express/adapter-memory'
import type { CollectionSchema, Column, IDatabaseAdapter } from '@json-express/core'
import t from 'tap'
import { exportData } from '../../src/transfer/export-data.js'
import { importData } from '../../src/transfer/import-data.js'

const column = (name: string, type: Column['type'], more: Partial<Column> = {}): Column => ({
  ...{ name, type, required: false, unique: false, index: false },
  ...more,
})
const refers = (name: string, collection: string) =>
  column(name, 'string', { references: { collection, onDelete: 'restrict' } })

/** Crew comes before boats by name, and refers to them; both refer in a circle. */
const SCHEMAS: CollectionSchema[] = [
  {
    name: 'crew',
    columns: [
      column('id', 'string', { required: true }),
      column('name', 'string', { required: true }),
      column('email', 'string', { unique: true }),
      column('aboard', 'boolean'),
      column('since', 'date'),
      refers('boatId', 'boats'),
      refers('mentorId', 'crew'),
    ],
  },
  { name: 'boats', columns: [column('id', 'string', { required: true }), refers('bestId', 'crew')] },
]

const ADA = { id: 'ada', name: 'Ada', email: 'ada@example.com', aboard: true, since: '2026-01-31T23:59:59.999Z' }

async function database(filled: boolean): Promise<IDatabaseAdapter> {
  const db = createMemoryAdapter()
  if (!filled) return db
  await db.migrate(SCHEMAS)
  await db.insert('boats', { id: 'nele' })
  await db.insertMany('crew', [ADA, { id: 'ben', name: 'Ben', boatId: 'nele', mentorId: 'ada' }])
  await db.update('boats', 'nele', { bestId: 'ben' })
  await db.update('crew', 'ada', { mentorId: 'ada' })
  return db
}

async function exported(db: IDatabaseAdapter): Promise<string> {
  const parts: string[] = []
  for await (const part of exportData(db, SCHEMAS, () => {})) parts.push(part)
  return parts.join('')
}

t.test('what was exported is there after an import, references in circles too', async (t) => {
  const text = await exported(await database(true))
  const file = join(t.testdir(), 'rows.jsonl')
  writeFileSync(file, text)
  const db = await database(false)
  t.strictSame(await importData(db, SCHEMAS, file, () => {}), { imported: 3, known: 0 })
  t.strictSame((await exported(db)).split('\n').slice(1), text.split('\n').slice(1))
  await db.update('crew', 'ada', { mentorId: null }) // as if killed before the second pass
  t.strictSame(await importData(db, SCHEMAS, file, () => {}), { imported: 0, known: 3 })
  t.strictSame((await exported(db)).split('\n').slice(1), text.split('\n').slice(1))
})

t.test('columns that came later have their default', async (t) => {
  const file = join(t.testdir(), 'rows.jsonl')
  writeFileSync(file, await exported(await database(true)))
  const [crew, boats] = SCHEMAS as [CollectionSchema, CollectionSchema]
  const grown = [
    {
      ...crew,
      columns: [...crew.columns, column('rank', 'number', { required: true, default: 7 }), column('note', 'json')],
    },
    boats,
  ]
  const db = await database(false)
  await importData(db, grown, file, () => {})
  t.match(await db.find('crew'), [
    { id: 'ada', rank: 7, note: null },
    { id: 'ben', rank: 7, note: null },
  ])
  const must = [{ ...crew, columns: [...crew.columns, column('must', 'string', { required: true })] }, boats]
  await t.rejects(
    importData(await database(false), must, file, () => {}),
    { message: /line \d+: must have required property 'must'/ },
  )
})

t.test('an id whose row is gone is not used again after the move', async (t) => {
  const logs: CollectionSchema[] = [
    { name: 'logs', columns: [column('id', 'integer'), column('text', 'string')] },
    { name: 'empty', columns: [column('id', 'integer')] },
  ]
  const db = createMemoryAdapter()
  await db.migrate(logs)
  for (const text of ['one', 'two', 'three']) await db.insert('logs', { text })
  await db.delete('logs', 3)
  const parts: string[] = []
  for await (const part of exportData(db, logs, () => {})) parts.push(part)
  t.match(JSON.parse(parts.at(-1) ?? ''), { highest: { logs: 3, empty: 0 } })
  t.match(await db.insert('logs', {}), { id: 4 }, 'looking has counted nothing')
  const file = join(t.testdir(), 'rows.jsonl')
  writeFileSync(file, parts.join(''))
  const to = createMemoryAdapter()
  await importData(to, logs, file, () => {})
  t.equal(await to.count('logs'), 2)
  t.match(await to.insert('logs', {}), { id: 4 })
  t.match(await to.insert('empty', {}), { id: 1 })
  await importData(to, [logs[0] as CollectionSchema], file, () => {})
  t.match(await to.insert('logs', {}), { id: 5 }, 'a counter that is further stays')
})

t.test('a row from before a field was required, and a date in another form, come in', async (t) => {
  const file = join(t.testdir(), 'rows.jsonl')
  const text = await exported(await database(true))
  writeFileSync(
    file,
    text.replace('"name":"Ada"', '"name":null').replace('2026-01-31T23:59:59.999Z', '2026-02-01T01:00:00+01:00'),
  )
  const db = await database(false)
  t.strictSame(await importData(db, SCHEMAS, file, () => {}), { imported: 3, known: 0 })
  t.match(await db.findByIds('crew', ['ada']), [{ name: null, since: '2026-02-01T00:00:00.000Z' }])
  t.strictSame(await importData(db, SCHEMAS, file, () => {}), { imported: 0, known: 3 })
})

const good = await exported(await database(true))

for (const [title, text, says] of [
  ['cut off', good.slice(0, -10), /is cut off: its last line is no end\. Export again/],
  ['empty', '', /is empty/],
  ['something else', '{"email":"a@example.com"}\n', /was not made by json-express data export/],
  ['of a later version', good.replace('"version":1', '"version":2'), /has version 2, this json-express reads 1/],
  ['without a list of what it holds', good.replace('"collections"', '"collection"'), /line 1 is damaged/],
  ['with an end that makes no sense', good.replace('"highest":{', '"highest":{"crew":"many"'), /tells no highest ids/],
  ['one row short', good.replace(/^.*"row":\{"id":"ben".*\n/m, ''), /holds 2 rows and says it has 3\. Export again/],
  ['broken in a line', good.replace(/^(.*"id":"ben".*)\}$/m, '$1'), /line 4 holds no row/],
  [
    'of another app',
    good.replaceAll('"collection":"crew"', '"collection":"crews"'),
    /line 3: this app has no collection crews\nline 4: this app/,
  ],
  ['with another field', good.replace('"aboard"', '"abroad"'), /line 3: abroad is no field of it/],
  ['with a wrong type', good.replace('"aboard":true', '"aboard":"yes"'), /line 3: aboard must be boolean,null/],
  ['with no such day', good.replace('2026-01-31', '2026-02-31'), /line 3: since must be an ISO 8601 instant/],
  ['without what is required', good.replace('"name":"Ada",', ''), /line 3: must have required property 'name'/],
  ['with a row without an id', good.replace('"id":"ben"', '"id":null'), /line 4: id must be string/],
] as const) {
  t.test(`a file that is ${title} is refused, and nothing is written`, async (t) => {
    t.not(text, good)
    const file = join(t.testdir(), 'rows.jsonl')
    writeFileSync(file, text)
    const db = await database(false)
    await t.rejects(
      importData(db, SCHEMAS, file, () => {}),
      { name: 'DataFileError', message: says },
    )
    t.match(await db.plan(SCHEMAS), { created: ['crew', 'boats'] })
  })
}

t.test('rows that cannot stand together are told by their line', async (t) => {
  const dir = t.testdir()
  for (const [index, [text, says]] of [
    [
      good.replace('"mentorId":"ada"', '"mentorId":"zoe"'),
      /^line \d: crew refers to a row that is not there: .*mentorId/,
    ],
    [good.replace('"id":"ben"', '"id":"ada"'), /^line 4: crew has another row with the same id/],
    [good.replace('"email":null', '"email":"ada@example.com"'), /^line 4: crew has another row with the same email/],
  ].entries() as IterableIterator<[number, [string, RegExp]]>) {
    t.not(text, good)
    const file = join(dir, `${index}.jsonl`)
    writeFileSync(file, text)
    await t.rejects(
      importData(await database(false), SCHEMAS, file, () => {}),
      { name: 'DataFileError', message: says },
    )
  }
  const file = join(dir, 'good.jsonl')
  writeFileSync(file, good)
  const other = await database(true)
  await other.update('crew', 'ben', { name: 'Benno', aboard: true })
  const message = 'line 4: crew has row ben already, with another name and aboard'
  await t.rejects(
    importData(other, SCHEMAS, file, () => {}),
    { name: 'DataFileError', message },
  )
  const gone = await database(true)
  await gone.close()
  await t.rejects(
    importData(gone, SCHEMAS, file, () => {}),
    { name: 'UnavailableError' },
  )
})
