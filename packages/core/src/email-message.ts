import type { EmailMessage } from './contracts/email.js'

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL = /[\u0000-\u001f\u007f\u0085\u2028\u2029]/
const BARE_ADDRESS = /^[^\s,;:<>()[\]"\\@]+@[^\s,;:<>()[\]"\\@]+$/

/**
 * Throws `TypeError` unless the message has exactly one bare recipient and no header can be broken out of.
 * Every provider calls it first (CWE-93).
 */
export function assertEmailMessage(message: EmailMessage): void {
  for (const header of ['to', 'from', 'subject', 'messageId'] as const) {
    const value = message[header]
    if (value === undefined && header !== 'to' && header !== 'subject') continue
    if (typeof value !== 'string' || CONTROL.test(value)) throw new TypeError(`email: ${header} is not clean text`)
  }
  if (!BARE_ADDRESS.test(message.to)) throw new TypeError('email: to must be exactly one bare address')
  if (typeof message.text !== 'string') throw new TypeError('email: text must be a string')
}
