import t from 'tap'
import { parseStrictJson } from '../src/strict-json.js'

const parse = (text: string) => parseStrictJson(Buffer.from(text))

t.test('what it reads is frozen, through and through', async (t) => {
  const text = String.raw`{ "a\"b:": ["x:", {"c": null}], "a": {"a": {"a": 1.5e3}}, "": "é🦀\/" , "d": {} }`
  const value = parse(text) as { a: object; d: object }
  t.strictSame(value, JSON.parse(text))
  for (const part of [value, value.a, value.d]) t.ok(Object.isFrozen(part))
  for (const scalar of ['1', '"a:b"', 'null', '[1,2]', '[]', '{}']) t.strictSame(parse(scalar), JSON.parse(scalar))
})

t.test('what two readers could understand differently', async (t) => {
  const texts = [
    ...['{"a":1,"a":1}', '{"a":1,"\\u0061":2}', '{"x":[{"b":{"a":1,"a":2}}]}', '{"":1,"":2}'],
    ...['{"__proto__":1}', '{"a":{"__proto__":{}}}', '{"constructor":1}', '[{"\\u005f_proto__":1}]'],
    ...['"\\ud800"', '{"\\udfff":1}', '["\\udc00\\ud800"]'],
    ...['', ' ', '{', '{"a":1}x', "{'a':1}", '{"a":1,}', 'NaN', '\ufeff{}', '{"a":"\0"}'],
    '['.repeat(20_000),
  ]
  for (const text of texts) t.throws(() => parse(text), SyntaxError, text.slice(0, 40))
  for (const bytes of [
    [0x22, 0xff, 0x22],
    [0x22, 0xc0, 0xaf, 0x22],
    [0x22, 0xed, 0xa0, 0x80, 0x22],
  ]) {
    t.throws(() => parseStrictJson(Uint8Array.from(bytes)), TypeError)
  }
})
