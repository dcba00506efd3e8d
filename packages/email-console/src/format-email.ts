import type { EmailMessage } from '@json-express/core'

const TOP = '┌─ e-mail ─────────────────────────────────────────────────────────────'
const LINKS = '├─ links ──────────────────────────────────────────────────────────────'
const BOTTOM = '└──────────────────────────────────────────────────────────────────────'

/** Ends before the punctuation that closes a sentence. */
const LINK = /https?:\/\/[^\s<>"]*[^\s<>"'.,;:!?)\]}]/g

/** Control characters, and those that turn the direction of the text: a terminal would obey them. */
const UNSAFE = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu

/**
 * The mail as text for a terminal: headers, the text part, and every link alone on a line. The frame never shares a
 * line with the content, so that what is copied or clicked is the content and nothing else.
 */
export function formatEmail({ from, to, subject, text }: EmailMessage & { from: string }): string {
  const lines = text.split(/\r\n|\n/).map(visible)
  const standing = new Set(lines)
  const links = [...new Set(lines.join('\n').match(LINK))].filter((link) => !standing.has(link))
  return [
    '',
    TOP,
    ...[`from:    ${from}`, `to:      ${to}`, `subject: ${subject}`].map(visible),
    '',
    ...lines,
    ...(links.length > 0 ? [LINKS, ...links] : []),
    BOTTOM,
    '',
  ].join('\n')
}

/** Writes what must not reach the terminal as `\u{1b}`. */
function visible(line: string): string {
  return line.replace(UNSAFE, (one) => (one === '\t' ? one : `\\u{${one.codePointAt(0)?.toString(16)}}`))
}
