import { type EmailMessage, visibleText } from '@json-express/core'

const TOP = '┌─ e-mail ─────────────────────────────────────────────────────────────'
const LINKS = '├─ links ──────────────────────────────────────────────────────────────'
const BOTTOM = '└──────────────────────────────────────────────────────────────────────'

/** Ends before the punctuation that closes a sentence. */
const LINK = /https?:\/\/[^\s<>"]*[^\s<>"'.,;:!?)\]}]/g

/**
 * The mail as text for a terminal: headers, the text part, and every link alone on a line. The frame never shares a
 * line with the content, so that what is copied or clicked is the content and nothing else.
 */
export function formatEmail({ from, to, subject, text }: EmailMessage & { from: string }): string {
  const lines = text.split(/\r\n|\n/).map(visibleText)
  const standing = new Set(lines)
  const links = [...new Set(lines.join('\n').match(LINK))].filter((link) => !standing.has(link))
  return [
    '',
    TOP,
    ...[`from:    ${from}`, `to:      ${to}`, `subject: ${subject}`].map(visibleText),
    '',
    ...lines,
    ...(links.length > 0 ? [LINKS, ...links] : []),
    BOTTOM,
    '',
  ].join('\n')
}
