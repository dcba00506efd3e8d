import type { AuthSettings } from '@json-express/core'
import { createBlocklist } from '../blocklist.js'
import { identityErrors } from '../errors.js'

const MAX_BYTES = 1024
const LETTER = /\p{L}/u
const DIGIT = /\p{N}/u

/** What may become a password. */
export interface PasswordPolicy {
  /** Throws `WEAK_PASSWORD`. Nothing is cut or trimmed (ASVS 6.2). */
  assertAcceptable(password: string, about?: { email?: string }): void
}

export function createPasswordPolicy(policy: AuthSettings['password'], appName: string): PasswordPolicy {
  const { minLength, maxLength, requireLetterAndDigit } = policy
  const blocklist = policy.blocklist ? createBlocklist({ minLength, appName }) : null
  return {
    assertAcceptable(password, about = {}) {
      const text = password.normalize('NFC') // what is hashed
      const length = [...text].length
      if (length < minLength) throw weak(`A password has at least ${minLength} characters`)
      if (length > maxLength) throw weak(`A password has at most ${maxLength} characters`)
      if (Buffer.byteLength(text) > MAX_BYTES) throw weak(`A password has at most ${MAX_BYTES} bytes of UTF-8`)
      if (!isText(password)) throw weak('A password is made of whole characters, without NUL')
      if (requireLetterAndDigit && !(LETTER.test(text) && DIGIT.test(text)))
        throw weak('A password has at least one letter and one digit')
      const refusal = blocklist?.refusal(text, about)
      if (refusal) throw weak(refusal)
    },
  }
}

/** Half a surrogate pair would hash like U+FFFD, and NUL ends a string in too many places. */
export function isText(password: string): boolean {
  return password.isWellFormed() && !password.includes('\u0000')
}

function weak(message: string): Error {
  return new identityErrors.WeakPassword(message)
}
