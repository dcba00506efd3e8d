import t from 'tap'
import Value from 'typebox/value'
import { setting } from '../src/index.js'

t.test('a duration is a whole number of milliseconds, not negative', async (t) => {
  const schema = setting.duration({ default: 900_000, description: 'Life' })
  t.match(schema, { type: 'integer', minimum: 0, default: 900_000, description: 'Life', duration: true })
  t.ok(Value.Check(schema, 0))
  t.ok(Value.Check(schema, 2 ** 40), 'more than 24.8 days')
  for (const bad of [-1, 1.5, '15m', Number.NaN, Number.POSITIVE_INFINITY]) t.notOk(Value.Check(schema, bad))
  t.notOk(Value.Check(setting.duration({ minimum: 1000 }), 999), 'the bound may be raised')
})

t.test('a list holds no empty entries', async (t) => {
  const schema = setting.list({ default: [] })
  t.match(schema, { type: 'array', default: [] })
  t.ok(Value.Check(schema, ['/a', '/b']))
  t.ok(Value.Check(schema, []))
  for (const bad of [[''], 'a,b', [1]]) t.notOk(Value.Check(schema, bad))
})

t.test('a secret is marked, whatever the options say', async (t) => {
  const schema = setting.secret({ description: 'HMAC secret' })
  t.match(schema, { type: 'string', writeOnly: true, description: 'HMAC secret' })
  t.notOk(Value.Check(schema, ''))
  t.match(setting.secret({ writeOnly: false }), { writeOnly: true })
  t.match(setting.duration({ duration: false }), { duration: true })
})
