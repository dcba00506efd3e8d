/** A hash whose cost is known to be harmless. */
export interface StoredHash {
  /** `argon2id`, `bcrypt`, `pbkdf2-sha256`: what the format is called. */
  format: string
  /** Computes off the event loop. */
  verify(password: string): Promise<boolean>
}

/** A hash that is not computed, and why: a few words for whoever imports it. Never holds a part of the hash. */
export interface RefusedHash {
  refused: string
}

/** One family of formats. */
export interface HashFamily {
  /** How its texts begin, well-formed or not. */
  prefix: RegExp
  read(text: string): StoredHash | RefusedHash
}

export function refuse(format: string, why: string): RefusedHash {
  return { refused: `${format}: ${why}` }
}

export const MALFORMED = 'not a well-formed hash'
export const INSTEAD = 'import the user without it, and let a mailed link set a new password'
export const NOT_VERIFIED = `not verified here: ${INSTEAD}`
