import { createCipheriv, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { exactBase64 } from './exact-base64.js'
import { type HashFamily, MALFORMED, refuse } from './stored-hash.js'

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt)

const COST = 'ln=(\\d{1,9}),r=(\\d{1,3}),p=(\\d{1,3})'
const SCRYPT = new RegExp(`^\\$scrypt\\$${COST}\\$([^$]+)\\$([^$]+)$`)
/** Salt, hash, salt separator, signer key. */
const FIREBASE = new RegExp(`^\\$firescrypt\\$${COST}\\$([^$]+)\\$([^$]+)\\$([^$]+)\\$([^$]+)$`)

const MAX_LOG_COST = 24
const MIN_COST = 2 ** 10
/** What RFC 7914 lets one computation take, times its passes: bounds the time as well. */
const MAX_BYTES = 256 * 1024 * 1024
const HASH_BYTES = { minimum: 16, maximum: 64 }
const MAX_SALT_BYTES = 128
const TOO_COSTLY = 'N is a power of two from 1024, and 128·N·r·p at most 256 MiB'

/** scrypt (RFC 7914) as a PHC string; `ln` is the logarithm of N, or N itself as Ory writes it. */
export const scryptHash: HashFamily = {
  prefix: /^\$scrypt\$/,
  read(text) {
    const [, ln, r, p, saltText = '', hashText = ''] = SCRYPT.exec(text) ?? []
    const [salt, hash] = [saltText, hashText].map(exactBase64)
    if (!isSalt(salt) || !isHash(hash)) return refuse('scrypt', MALFORMED)
    const options = bounded(ln, r, p)
    if (options === null) return refuse('scrypt', TOO_COSTLY)
    return {
      format: 'scrypt',
      verify: async (password) => timingSafeEqual(await derive(password, salt, hash.length, options), hash),
    }
  },
}

const KEY_BYTES = 32
const SCRYPT_BYTES = 64

/** The scrypt of Firebase: what is stored is the project's signer key, encrypted with the derived key. */
export const firebaseHash: HashFamily = {
  prefix: /^\$firescrypt\$/,
  read(text) {
    const [, ln, r, p, ...parts] = FIREBASE.exec(text) ?? []
    const [salt, hash, separator, signerKey] = parts.map(exactBase64)
    if (!isSalt(salt) || !isHash(hash) || !separator || signerKey?.length !== hash.length)
      return refuse('firebase-scrypt', MALFORMED)
    const options = bounded(ln, r, p)
    if (options === null) return refuse('firebase-scrypt', TOO_COSTLY)
    return {
      format: 'firebase-scrypt',
      async verify(password) {
        const derived = await derive(password, Buffer.concat([salt, separator]), SCRYPT_BYTES, options)
        const cipher = createCipheriv('aes-256-ctr', derived.subarray(0, KEY_BYTES), Buffer.alloc(16))
        return timingSafeEqual(cipher.update(signerKey), hash)
      },
    }
  },
}

function bounded(ln: string | undefined, r: string | undefined, p: string | undefined): ScryptOptions | null {
  const [log, blockSize, parallelization] = [ln, r, p].map(Number) as [number, number, number]
  const cost = log <= MAX_LOG_COST ? 2 ** log : log
  const bytes = 128 * cost * blockSize * parallelization
  if (cost < MIN_COST || !Number.isInteger(Math.log2(cost)) || bytes === 0 || bytes > MAX_BYTES) return null
  return { cost, blockSize, parallelization, maxmem: 2 * MAX_BYTES }
}

function isSalt(bytes: Buffer | null | undefined): bytes is Buffer {
  return !!bytes && bytes.length > 0 && bytes.length <= MAX_SALT_BYTES
}

function isHash(bytes: Buffer | null | undefined): bytes is Buffer {
  return !!bytes && bytes.length >= HASH_BYTES.minimum && bytes.length <= HASH_BYTES.maximum
}
