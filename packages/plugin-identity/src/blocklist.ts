import { createRequire } from 'node:module'

const LETTER = /\p{L}/u
const LETTERS = /\p{L}/gu
/** Fewer letters are no word: too much contains them. */
const MIN_LETTERS = 3

export interface Blocklist {
  /** Why the text is too easily guessed to be a password, one sentence; `null` when it is not. */
  refusal(password: string, about: { email?: string }): string | null
}

/**
 * The passwords that attackers try first: a list of some 49 000 common ones, the user's own address, and the name of the
 * app; whatever their case. Of the common ones only those that are long enough are held.
 */
export function createBlocklist({ minLength, appName }: { minLength: number; appName: string }): Blocklist {
  let common: ReadonlySet<string> | undefined
  return {
    refusal(password, { email }) {
      const text = folded(password)
      common ??= loadCommonPasswords(minLength)
      if (common.has(text)) return 'This password is one of the most common ones'
      const own = [appName, ...(email === undefined ? [] : partsOf(email))].map(folded)
      if (own.some((word) => isDecorated(text, word)))
        return 'A password is not the own address, a part of it or the name of this app'
      return null
    },
  }
}

/** At first use: nobody who never sets a password pays for it. */
function loadCommonPasswords(minLength: number): ReadonlySet<string> {
  const { dictionary } = createRequire(import.meta.url)(
    '@zxcvbn-ts/language-common',
  ) as typeof import('@zxcvbn-ts/language-common')
  return new Set(dictionary['passwords-common'].filter((text) => [...text].length >= minLength).map(folded))
}

/** The address, what is before the at, and the names of its domain without the last one. */
function partsOf(email: string): string[] {
  const at = email.lastIndexOf('@')
  const labels = email
    .slice(at + 1)
    .split('.')
    .slice(0, -1)
  return [email, email.slice(0, at), labels.join('.'), ...labels]
}

/** Whether the text is the word, or the word with nothing but digits and punctuation around it. */
function isDecorated(text: string, word: string): boolean {
  if (word === '' || !text.includes(word)) return false
  if (text === word) return true
  return (word.match(LETTERS)?.length ?? 0) >= MIN_LETTERS && !LETTER.test(text.replace(word, ''))
}

function folded(text: string): string {
  return text.normalize('NFC').toLowerCase().replace(/\s/g, '')
}
