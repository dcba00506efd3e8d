import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import t from 'tap'
import { weaknessOf } from '../src/weak-key.js'

const encode = (number: bigint) => {
  const hex = number.toString(16)
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex').toString('base64url')
}
const rsaKey = (n: bigint, e = 65_537n) =>
  createPublicKey({ key: { kty: 'RSA', n: encode(n), e: encode(e) }, format: 'jwk' })
const edKey = (hex: string) =>
  createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(hex, 'hex').toString('base64url') },
    format: 'jwk',
  })

const { n = '' } = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' })
const GOOD = BigInt(`0x${Buffer.from(n, 'base64url').toString('hex')}`)
/** The product of the primes up to 167, and what the primes of the weak library are made of. */
const PRODUCT = Array.from({ length: 166 }, (_, i) => i + 2)
  .filter((number) => !Array.from({ length: number - 2 }, (_, i) => i + 2).some((divisor) => number % divisor === 0))
  .reduce((product, prime) => product * BigInt(prime), 1n)

/** A modulus of 2048 bits that leaves the rest `rest` modulo each of these primes. */
const withRest = (rest: bigint) => (GOOD / PRODUCT) * PRODUCT + (rest % PRODUCT)

t.test('good keys of every type', async (t) => {
  for (const key of [
    rsaKey(GOOD),
    rsaKey(GOOD, 3n),
    rsaKey(GOOD, 2n ** 64n - 1n),
    generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey,
    ...Array.from({ length: 20 }, () => generateKeyPairSync('ed25519').publicKey),
  ]) {
    t.equal(weaknessOf(key), null)
  }
})

t.test('a modulus of the ROCA chips', async (t) => {
  for (const power of [0n, 1n, 2n, 1000n, 123_456_789n]) {
    let rest = 1n
    for (let i = 0n; i < power % 5000n; i++) rest = (rest * 65_537n) % PRODUCT
    t.match(weaknessOf(rsaKey(withRest(rest))), /ROCA/, `65537^${power}`)
  }
  // 2 is no power of 65537 modulo 11
  const other = withRest((65_537n * 65_537n) % PRODUCT) + (PRODUCT / 11n) * 2n
  t.equal(weaknessOf(rsaKey(other)), null, 'one rest that does not fit clears it')
})

t.test('a modulus with a small factor', async (t) => {
  t.match(weaknessOf(rsaKey(GOOD + 1n)), /modulus that 2 divides/)
  for (const prime of [3n, 5n, 97n, 167n])
    t.match(weaknessOf(rsaKey(GOOD - (GOOD % (2n * prime)) + prime)), /modulus that \d+ divides/, String(prime))
})

t.test('a public exponent that no honest key has', async (t) => {
  for (const exponent of [1n, 2n, 65_536n, 2n ** 64n + 1n, 2n ** 255n + 1n])
    t.match(weaknessOf(rsaKey(GOOD, exponent)), `has the public exponent ${exponent}`)
})

t.test('an Ed25519 point of small order, by which strangers sign', async (t) => {
  const points = [
    `01${'00'.repeat(31)}`,
    '00'.repeat(32),
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
    ...['ec', 'ed', 'ee'].map((first) => `${first}${'ff'.repeat(30)}7f`),
  ]
  for (const point of points) {
    const signed = Buffer.from(point, 'hex')
    signed[31] = (signed[31] ?? 0) | 0x80
    for (const hex of [point, signed.toString('hex')]) t.match(weaknessOf(edKey(hex)), /small order/, hex)
  }
  const identity = edKey(`01${'00'.repeat(31)}`)
  const forged = Buffer.from(`01${'00'.repeat(63)}`, 'hex') // R is the identity, S is 0
  t.ok(verify(null, Buffer.from('whatever'), identity, forged), 'the danger is real')
})
