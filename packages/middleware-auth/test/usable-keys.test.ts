import { generateKeyPairSync, type JsonWebKey } from 'node:crypto'
import t from 'tap'
import { usableKeys } from '../src/usable-keys.js'
import { jwkOf, keyPair } from './provider.js'

const rsa = jwkOf(keyPair('RS256', 'rsa'))
const ec = jwkOf(keyPair('ES256', 'ec'))
const ed = jwkOf(keyPair('EdDSA', 'ed'))
const ALL = ['RS256', 'PS256', 'ES256', 'EdDSA'] as const

/** What is left of these keys beside a good one, and what is said of the others. */
function beside(...keys: unknown[]) {
  const { keys: left, refused } = usableKeys({ keys: [ec, ...keys] }, ALL)
  return { left: left.map(({ kid }) => kid), refused }
}

t.test('good keys, with what verifying needs and no more', async (t) => {
  const { keys, refused } = usableKeys({ keys: [{ ...rsa, x5c: ['MIIC'], key_ops: ['verify'] }, ec, ed] }, ALL)
  t.strictSame(refused, [])
  const expected = [rsa, ec, ed].map(({ use, ...jwk }) => jwk)
  t.strictSame(
    keys.map((key) => ({ ...key })),
    expected,
  )
  t.notOk(keys.some((key) => 'x5c' in key || 'use' in key || 'key_ops' in key))
  const anyRsa = { ...rsa, alg: undefined, use: undefined }
  t.equal(usableKeys({ keys: [anyRsa] }, ['PS256']).keys.length, 1, 'a key without alg and use is for any that fits')
})

t.test('keys for something else are passed over without a word', async (t) => {
  const others = [
    { ...rsa, use: 'enc' },
    { ...rsa, use: 'SIG' },
    { ...rsa, alg: 'RSA-OAEP' },
    { ...rsa, alg: 'RS512' },
    { ...rsa, key_ops: ['encrypt'] },
    { ...rsa, key_ops: [] },
    { ...rsa, key_ops: 'verify' },
    { ...ec, kid: 'p384', alg: undefined, crv: 'P-384' },
    { kty: 'OKP', crv: 'X25519', x: ed.x, kid: 'x' },
    { kty: 'AKP', alg: 'ML-DSA-44', pub: 'AA' },
    { kty: 'constructor' },
    {},
  ]
  for (const other of others)
    t.strictSame(beside(other), { left: ['ec'], refused: [] }, JSON.stringify(other).slice(-80))
})

t.test('bad keys are refused', async (t) => {
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const small = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' })
  const secret = { kty: 'oct', k: 'c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2U', kid: 'oct' }
  const bad: [RegExp, JsonWebKey | unknown][] = [
    [/"oct" is not a public key/, secret],
    [/is not a public key/, { ...secret, alg: 'HS256', use: 'sig' }],
    [/is not a public key/, pair.privateKey.export({ format: 'jwk' })],
    [/is not a public key/, { ...ed, kid: 'private', d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A' }],
    [/is not a public key/, { ...rsa, p: 'AA' }],
    [/1024 bits/, small],
    [/exponent 1$/, { ...rsa, e: 'AQ' }],
    [/exponent 2$/, { ...rsa, e: 'Ag' }],
    [/exponent 65536$/, { ...rsa, e: 'AQAA' }],
    [/exponent 0$|malformed/, { ...rsa, e: 'AA' }],
    [/exponent 18446744073709551617$/, { ...rsa, e: 'AQAAAAAAAAAB' }],
    [/"ed" is a point of small order/, { ...ed, x: 'AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }],
    [/malformed/, { ...rsa, n: undefined }],
    [/malformed/, { ...rsa, n: 1 }],
    [/malformed|bits/, { ...rsa, n: '' }],
    [/malformed/, { ...ec, kid: 'off the curve', y: ec.x }],
    [/malformed/, { ...ed, kid: 'short', x: 'AAAA' }],
    [/kid that is not a string/, { ...rsa, kid: 1 }],
    [/not an object/, null],
    [/not an object/, 'key'],
    [/not an object/, [rsa]],
  ]
  for (const [pattern, key] of bad) {
    const { left, refused } = beside(key)
    t.strictSame(left, ['ec'], String(pattern))
    t.equal(refused.length, 1)
    t.match(refused[0], pattern)
    t.notMatch(refused[0], 'c2VjcmV0', 'nothing of a secret is said')
  }
})

t.test('a kid is one key', async (t) => {
  const [one, two] = ['RS256', 'RS256'].map((alg) => jwkOf(keyPair(alg, 'same')))
  t.strictSame(beside(one, two), {
    left: ['ec'],
    refused: ['key "same" shares its kid with another key', 'key "same" shares its kid with another key'],
  })
  t.strictSame(
    beside(one, one, { ...one, x5t: 'x' }),
    { left: ['ec', 'same'], refused: [] },
    'the same key twice is one',
  )
  t.strictSame(
    beside({ ...ed, kid: 'ec' }),
    { left: ['ec', 'ec'], refused: [] },
    'of another type it may (RFC 7517 4.5)',
  )
  const forBoth = { ...rsa, kid: 'both' }
  const { keys } = usableKeys({ keys: [forBoth, { ...forBoth, alg: 'PS256' }, forBoth] }, ALL)
  t.strictSame(
    keys.map(({ alg }) => alg),
    ['RS256', 'PS256'],
    'one key for two algorithms',
  )
  const nameless = [one, two].map((key) => ({ ...key, kid: undefined }))
  t.strictSame(beside(...nameless).left, ['ec', undefined, undefined], 'keys without one are told apart by trying')
})

t.test('a set without a usable key is none', async (t) => {
  for (const set of [null, [], 'x', 1, {}, { keys: null }, { keys: {} }, { keys: 'x' }]) {
    t.throws(() => usableKeys(set, ALL), /not a JSON Web Key Set/, JSON.stringify(set))
  }
  for (const keys of [[], [{}], [{ ...rsa, use: 'enc' }]]) {
    t.throws(() => usableKeys({ keys }, ['RS256']), /no usable key for RS256/)
  }
  t.throws(
    () => usableKeys({ keys: [{ ...rsa, e: 'AQ' }] }, ALL),
    /no usable key.*; key "rsa" has the public exponent 1/,
  )
  t.throws(() => usableKeys({ keys: Array(10_000).fill(rsa) }, ALL), /more than 100 keys/)
  const polluted: unknown = JSON.parse('{"__proto__":{"keys":[{}]}}')
  t.throws(() => usableKeys(polluted, ALL), /not a JSON Web Key Set/)
})
