import { argon2Hash } from './argon2-hash.js'
import { bcryptHash } from './bcrypt-hash.js'
import { pbkdf2Hash } from './pbkdf2-hash.js'
import { firebaseHash, scryptHash } from './scrypt-hash.js'
import { INSTEAD, NOT_VERIFIED, type RefusedHash, refuse, type StoredHash } from './stored-hash.js'

const MAX_LENGTH = 1024
const FAMILIES = [argon2Hash, bcryptHash, pbkdf2Hash, scryptHash, firebaseHash]

/** Formats that are recognised and not verified: the pattern, and the name where the pattern does not hold it. */
const WEAK: readonly [RegExp, string?][] = [
  [/^\$(md5|sha1|sha224|sha256|sha384|sha512|hmac-[a-z0-9]{1,8})\$/],
  [/^\{(S?SHA|S?SHA-?(?:224|256|384|512)|S?MD5|PLAIN|CLEARTEXT)\}/i],
  [/^(md5|sha1|sha256|unsalted_md5|unsalted_sha1)\$/],
  [/^\$(md5-crypt)\$/],
  [/^\$(?:1|apr1)\$/, 'md5-crypt'],
  [/^[0-9a-f]{32}$/i, 'md5'],
  [/^[0-9a-f]{40}$/i, 'sha1'],
  [/^[0-9a-f]{64}$/i, 'sha256'],
  [/^[0-9a-f]{128}$/i, 'sha512'],
]
const OTHER: readonly [RegExp, string?][] = [
  [/^\$(sha256-crypt|sha512-crypt)\$/],
  [/^\$5\$/, 'sha256-crypt'],
  [/^\$6\$/, 'sha512-crypt'],
  [/^\$[PH]\$/, 'phpass'],
  [/^\$7\$/, 'scrypt-crypt'],
  [/^\$y\$/, 'yescrypt'],
  [/^\{(CRYPT)\}/i],
  [/^(bcrypt_sha256)\$/],
]

/** What the text of a hash is, its parameters bounded before anything is computed. */
export function readHash(text: string): StoredHash | RefusedHash {
  if (text.length > MAX_LENGTH) return refuse('unknown format', `a hash has at most ${MAX_LENGTH} characters`)
  const family = FAMILIES.find(({ prefix }) => prefix.test(text))
  if (family !== undefined) return family.read(text)
  const weak = nameIn(WEAK, text)
  if (weak !== undefined) return refuse(weak, `too weak to keep: ${INSTEAD}`)
  return refuse(nameIn(OTHER, text) ?? 'unknown format', NOT_VERIFIED)
}

/** A hash as it is stored: Django writes the name of its own class before those that others have too. */
export function storableHash(text: string): string {
  return text.replace(/^(?:argon2(?=\$argon2)|bcrypt\$(?=\$2))/, '')
}

/** The name of a hash's format, or why it cannot be stored. */
export function hashFormat(text: string): { name: string } | RefusedHash {
  const read = readHash(text)
  return 'refused' in read ? read : { name: read.format }
}

/** Whether the text is a hash that can be verified without harm. */
export function isSupportedHash(text: string): boolean {
  return !('refused' in readHash(text))
}

function nameIn(formats: readonly [RegExp, string?][], text: string): string | undefined {
  for (const [pattern, name] of formats) {
    const match = pattern.exec(text)
    if (match !== null) return name ?? match[1]?.toLowerCase()
  }
  return undefined
}
