import t from 'tap'
import { parseJson } from '../src/json-body.js'

const parse = (text: string) => parseJson(Buffer.from(text))
const refused = { code: 'INVALID_JSON', statusCode: 400 }

t.test('accepts what JSON is', async (t) => {
  t.same(parse('{"a":[1,{"b":"c:d\\"e:"}],"f":{"a":null}}'), { a: [1, { b: 'c:d"e:' }], f: { a: null } })
  t.same(parse('"text:with:colons"'), 'text:with:colons')
  t.same(parse('{"constructor":"x","prototype":1}'), { constructor: 'x', prototype: 1 })
  t.same(parse('{"\\\\":1,"":{"":2}}'), { '\\': 1, '': { '': 2 } })
})

t.test('refuses duplicate keys wherever they stand', async (t) => {
  for (const text of [
    '{"a":1,"a":1}',
    '{"a":1,"b":{"c":1,"c":2}}',
    '[{"x":1},{"y":1,"y":2}]',
    '{"a":1,"\\u0061":2}',
    '{"1":1,"1":1}',
  ]) {
    t.throws(() => parse(text), refused, text)
  }
})

t.test('refuses what poisons prototypes', async (t) => {
  t.throws(() => parse('{"__proto__":{"role":"admin"}}'), refused)
  t.throws(() => parse('{"a":{"__proto__":1}}'), refused)
  t.throws(() => parse('{"\\u005f_proto__":{}}'), refused)
  t.throws(() => parse('{"constructor":{"prototype":{"x":1}}}'), refused)
  t.equal(({} as { role?: string }).role, undefined)
})

t.test('refuses text that is not clean', async (t) => {
  t.throws(() => parseJson(Buffer.from([0x22, 0xff, 0x22])), refused, 'invalid UTF-8')
  t.throws(() => parseJson(Buffer.from([0x22, 0xc0, 0xaf, 0x22])), refused, 'overlong UTF-8')
  t.throws(() => parse('{"a":"\\u0000"}'), refused, 'NUL')
  t.throws(() => parse('{"a\\u0000":1}'), refused, 'NUL in a key')
  t.throws(() => parse('["\\ud800"]'), refused, 'half a surrogate pair')
})

t.test('refuses numbers that would be stored as null', async (t) => {
  for (const text of ['1e400', '{"a":-1e400}', '[[1e999]]']) t.throws(() => parse(text), refused, text)
  t.same(parse('[1e308,5e-324,1e-400]'), [1e308, 5e-324, 0])
})

t.test('refuses deep nesting without running out of stack', async (t) => {
  t.throws(() => parse(`${'['.repeat(200_000)}${']'.repeat(200_000)}`), refused)
  t.throws(() => parse(`${'{"a":'.repeat(70)}1${'}'.repeat(70)}`), refused)
  t.doesNotThrow(() => parse(`${'['.repeat(60)}${']'.repeat(60)}`))
})

t.test('refuses what is not JSON', async (t) => {
  for (const text of ['', '{', '{"a":}', "{'a':1}", 'NaN', '[1,]', '{"a":1}x', '01']) {
    t.throws(() => parse(text), refused, JSON.stringify(text))
  }
})
