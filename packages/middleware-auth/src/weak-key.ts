import type { KeyObject } from 'node:crypto'

/** Beyond, libraries differ in what they take, and verifying becomes slow (NIST SP 800-56B section 6.2 wants less than 2^256). */
const MAX_EXPONENT = 2n ** 64n
const PRIMES = [
  ...[3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97],
  ...[101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167],
].map(BigInt)
/** The generator of the primes of Infineon's RSALib. */
const ROCA_GENERATOR = 65_537n

/**
 * The encodings of the points whose order is 1, 2, 4 or 8, without the sign bit: with the first of them as a key every
 * signature can be made by anybody (libsodium, `ge25519_has_small_order`).
 */
const SMALL_ORDER = new Set([
  '0100000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
])

/** Why the signatures of a public key could be made by others than its owner, or `null`. */
export function weaknessOf(key: KeyObject): string | null {
  if (key.asymmetricKeyType === 'rsa') return rsaWeakness(key)
  if (key.asymmetricKeyType === 'ed25519' && isSmallOrder(key)) return 'is a point of small order'
  return null
}

function rsaWeakness(key: KeyObject): string | null {
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {}
  if (modulusLength < 2048 || modulusLength > 16_384) return `has ${modulusLength} bits, RSA keys need 2048 or more`
  if (publicExponent < 3n || publicExponent % 2n === 0n || publicExponent > MAX_EXPONENT)
    return `has the public exponent ${publicExponent}`
  const modulus = BigInt(`0x${Buffer.from(key.export({ format: 'jwk' }).n ?? '', 'base64url').toString('hex')}`)
  const factor = [2n, ...PRIMES].find((prime) => modulus % prime === 0n)
  if (factor !== undefined) return `has a modulus that ${factor} divides`
  return isRoca(modulus) ? 'was made by a chip with the ROCA weakness (CVE-2017-15361)' : null
}

/**
 * The fingerprint of "The Return of Coppersmith's Attack" (Nemec et al., CCS 2017, section 2.4): modulo each of these
 * primes, such a modulus is a power of the generator. One other key in 2^27 looks like that.
 */
function isRoca(modulus: bigint): boolean {
  return PRIMES.every((prime) => {
    let power = 1n
    do {
      if (power === modulus % prime) return true
      power = (power * ROCA_GENERATOR) % prime
    } while (power !== 1n)
    return false
  })
}

function isSmallOrder(key: KeyObject): boolean {
  const point = Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url')
  const sign = point.length - 1
  point[sign] = (point[sign] ?? 0) & 0x7f
  return SMALL_ORDER.has(point.toString('hex'))
}
