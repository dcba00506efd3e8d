import t from 'tap'
import { assertOwnForm } from '../src/token-form.js'
import { claims, encode, forge } from './forge.js'

const assertCanonical = (token: string) => assertOwnForm(token, ['HS256'])
const [header = '', payload = '', signature = ''] = forge().split('.')
const refused = { code: 'INVALID_TOKEN', statusCode: 401 }

t.test('what we sign has the form, whoever signed it', async (t) => {
  t.doesNotThrow(() => assertCanonical(forge()))
  t.doesNotThrow(() => assertCanonical(forge({ key: 'anybody' })), 'the signature is looked at elsewhere')
  t.doesNotThrow(() => assertCanonical(forge({ header: { typ: 'at+jwt', alg: 'HS256' } })), 'in any order')
  t.doesNotThrow(() => assertCanonical(forge({ payload: claims({ sub: 'Änne 🦀' }) })))
})

t.test('a token has one spelling', async (t) => {
  const last = signature.at(-1) ?? ''
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const spellings = [...alphabet].filter((char) => {
    const bytes = Buffer.from(signature.slice(0, -1) + char, 'base64url')
    return char !== last && bytes.equals(Buffer.from(signature, 'base64url'))
  })
  t.equal(spellings.length, 3, 'four endings mean the same 32 bytes')
  for (const char of spellings) {
    t.throws(() => assertCanonical(`${header}.${payload}.${signature.slice(0, -1)}${char}`), refused, char)
  }
  for (const end of ['=', '==', '\n', ' ', '\0', '\ufeff']) {
    t.throws(() => assertCanonical(`${header}.${payload}.${signature}${end}`), refused, JSON.stringify(end))
    t.throws(() => assertCanonical(`${header}${end}.${payload}.${signature}`), refused, JSON.stringify(end))
    t.throws(() => assertCanonical(`${header}.${payload}${end}.${signature}`), refused, JSON.stringify(end))
  }
})

t.test('JSON that two readers could read differently', async (t) => {
  const texts = [
    '{"alg":"none","alg":"HS256","typ":"at+jwt"}',
    '{"alg":"HS256","typ":"at+jwt","typ":"JWT"}',
    '{ "alg":"HS256","typ":"at+jwt"}',
    '{"alg":"HS256","typ":"at+jwt"}\n',
    '\ufeff{"alg":"HS256","typ":"at+jwt"}',
    '{"\\u0061lg":"HS256","typ":"at+jwt"}',
    '{"alg":"HS256","typ":"at\\u002bjwt"}',
  ]
  for (const text of texts) t.throws(() => assertCanonical(`${encode(text)}.${payload}.${signature}`), refused, text)
  const numbers = ['1e3', '1000.0', '-0', '1E400', '9007199254740993']
  for (const exp of numbers) {
    t.throws(() => assertCanonical(`${header}.${encode(`{"exp":${exp}}`)}.${signature}`), refused, exp)
  }
})

t.test('any header but ours', async (t) => {
  const base = { alg: 'HS256', typ: 'at+jwt' }
  const headers = [{}, { alg: 'HS256' }, { typ: 'at+jwt' }, [], null, 'HS256', 1]
  const types = ['JWT', 'AT+JWT', 'application/at+jwt', 'at+jwt ', 1, ['at+jwt']].map((typ) => ({ ...base, typ }))
  const algorithms = ['none', 'HS384', 'hs256', 'RS256', '', null, ['HS256']].map((alg) => ({ ...base, alg }))
  const names = ['kid', 'jku', 'jwk', 'x5u', 'x5c', 'crit', 'cty', 'zip', 'b64', 'constructor']
  const more = names.map((name) => ({ ...base, [name]: 'x' }))
  for (const odd of [...headers, ...types, ...algorithms, ...more]) {
    t.throws(
      () => assertCanonical(`${encode(JSON.stringify(odd))}.${payload}.${signature}`),
      refused,
      JSON.stringify(odd),
    )
  }
  t.throws(
    () => assertCanonical(`${encode('{"alg":"HS256","typ":"at+jwt","__proto__":{}}')}.${payload}.${signature}`),
    refused,
  )
})

t.test('size is bounded, and refusing the long costs nothing', async (t) => {
  const padded = (length: number) => forge({ payload: claims({ padding: 'x'.repeat(length) }) })
  t.doesNotThrow(() => assertCanonical(padded(5000)))
  t.throws(() => assertCanonical(padded(8000)), refused)
  t.throws(() => assertCanonical('.'.repeat(10_000_000)), refused)
  t.throws(() => assertCanonical('A'.repeat(10_000_000)), refused)
})
