import { pbkdf2, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { exactBase64 } from './exact-base64.js'
import { type HashFamily, MALFORMED, NOT_VERIFIED, refuse } from './stored-hash.js'

const derive = promisify(pbkdf2)

const DIGEST_BYTES = { sha1: 20, sha256: 32, sha512: 64 }
type Digest = keyof typeof DIGEST_BYTES

const DIGEST = '(sha1|sha256|sha512)'
/** Under these names some mean SHA-2 and some SHA-3. */
const OTHER_DIGEST = /^\$?pbkdf2[-_](sha(?:224|384|3-\d{3}))\$/
/** PHC: `$pbkdf2-sha256$i=100000,l=32$salt$hash`. */
const PHC = new RegExp(`^\\$pbkdf2-${DIGEST}\\$i=(\\d{1,9}),l=(\\d{1,3})\\$([^$]+)\\$([^$]+)$`)
/** passlib: `$pbkdf2-sha256$29000$salt$hash`, base64 with dots; without a digest it is SHA-1. */
const PASSLIB = new RegExp(`^\\$pbkdf2(?:-${DIGEST})?\\$(\\d{1,9})\\$([^$+]+)\\$([^$+]+)$`)
/** Django: `pbkdf2_sha256$260000$salt$hash`, the salt as it is. */
const DJANGO = new RegExp(`^pbkdf2_${DIGEST}\\$(\\d{1,9})\\$([A-Za-z0-9]+)\\$([^$]+)$`)

const MAX_ITERATIONS = 5_000_000
const HASH_BYTES = { minimum: 16, maximum: 64 }
const MAX_SALT_BYTES = 128

interface Parameters {
  digest: Digest
  iterations: number
  salt: Buffer | null
  hash: Buffer | null
}

/** PBKDF2 (RFC 8018 section 5.2) as PHC strings, passlib and Django write it: at most 5 million rounds of HMAC. */
export const pbkdf2Hash: HashFamily = {
  prefix: /^(\$pbkdf2\b|pbkdf2_)/,
  read(text) {
    const [, other] = OTHER_DIGEST.exec(text) ?? []
    if (other !== undefined) return refuse(`pbkdf2-${other}`, NOT_VERIFIED)
    const parameters = fromPhc(text) ?? fromPasslib(text) ?? fromDjango(text)
    if (parameters === null) return refuse('pbkdf2', `${MALFORMED} with ${Object.keys(DIGEST_BYTES).join(', ')}`)
    const { digest, iterations, salt, hash } = parameters
    const format = `pbkdf2-${digest}`
    if (!salt || !hash || salt.length === 0 || salt.length > MAX_SALT_BYTES) return refuse(format, MALFORMED)
    if (hash.length < HASH_BYTES.minimum || hash.length > HASH_BYTES.maximum) return refuse(format, MALFORMED)
    const rounds = iterations * Math.ceil(hash.length / DIGEST_BYTES[digest])
    if (rounds < 1 || rounds > MAX_ITERATIONS) return refuse(format, `1 to ${MAX_ITERATIONS} rounds are computed`)
    return {
      format,
      verify: async (password) => timingSafeEqual(await derive(password, salt, iterations, hash.length, digest), hash),
    }
  },
}

function fromPhc(text: string): Parameters | null {
  const [, digest, iterations, length, salt = '', hash = ''] = PHC.exec(text) ?? []
  if (digest === undefined) return null
  const bytes = exactBase64(hash)
  return {
    digest: digest as Digest,
    iterations: Number(iterations),
    salt: exactBase64(salt),
    hash: bytes?.length === Number(length) ? bytes : null,
  }
}

function fromPasslib(text: string): Parameters | null {
  const [whole, digest = 'sha1', iterations, salt = '', hash = ''] = PASSLIB.exec(text) ?? []
  if (whole === undefined) return null
  const decoded = (dotted: string) => exactBase64(dotted.replaceAll('.', '+'))
  return { digest: digest as Digest, iterations: Number(iterations), salt: decoded(salt), hash: decoded(hash) }
}

function fromDjango(text: string): Parameters | null {
  const [, digest, iterations, salt = '', hash = ''] = DJANGO.exec(text) ?? []
  if (digest === undefined) return null
  return { digest: digest as Digest, iterations: Number(iterations), salt: Buffer.from(salt), hash: exactBase64(hash) }
}
