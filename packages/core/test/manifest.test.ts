import t from 'tap'
import Value from 'typebox/value'
import { API_VERSION, KINDS, manifestSchema, SLOTS } from '../src/index.js'

const MANIFEST = { kind: 'kv', api: 1, provides: ['kv'], requires: [], optional: [], section: 'kv-redis' }

function fits(part: Record<string, unknown>): boolean {
  return Value.Check(manifestSchema, { ...MANIFEST, ...part })
}

t.test('slots are the kinds of which one is active', async (t) => {
  t.strictSame([...SLOTS], ['adapter', 'kv', 'queue', 'email'])
  t.strictSame(
    KINDS.filter((kind) => !SLOTS.some((slot) => slot === kind)),
    ['middleware', 'plugin', 'preset'],
  )
  t.equal(API_VERSION, 1)
})

t.test('takes every kind, and sections that are left out', async (t) => {
  for (const kind of KINDS) t.ok(fits({ kind }), kind)
  t.ok(fits({ section: undefined }))
  t.ok(fits({ api: 2 }), 'whether the version is the one of this runtime is for discovery to say')
})

t.test('refuses everything else', async (t) => {
  for (const part of [
    ...[{ kind: 'database' }, { kind: undefined }, { kind: ['kv'] }, { api: 0 }, { api: '1' }, { api: undefined }],
    ...[{ provides: 'kv' }, { provides: ['kv', 'kv'] }, { requires: ['KV'] }, { optional: [''] }, { requires: [1] }],
    ...[{ section: 'kvRedis' }, { section: '' }, { section: 'a.b' }, { section: '__proto__' }, { unknown: true }],
  ]) {
    t.notOk(fits(part), JSON.stringify(part))
  }
  for (const value of [null, [], 'kv', undefined]) t.notOk(Value.Check(manifestSchema, value))
})

t.test('capabilities are empty lists where nothing is said', async (t) => {
  t.strictSame(Value.Default(manifestSchema, { kind: 'plugin', api: 1 }), {
    ...{ kind: 'plugin', api: 1 },
    ...{ provides: [], requires: [], optional: [] },
  })
})
