import t from 'tap'
import { formatEmail } from '../src/format-email.js'

const mail = { from: 'JSONExpress <no-reply@localhost>', to: 'ann@example.com', subject: 'Hello' }

t.test('looks like this', async (t) => {
  t.equal(
    formatEmail({ ...mail, text: 'Hello Ann,\n\nset your password: http://localhost:3000/auth/x#token=abc.\n' }),
    `
┌─ e-mail ─────────────────────────────────────────────────────────────
from:    JSONExpress <no-reply@localhost>
to:      ann@example.com
subject: Hello

Hello Ann,

set your password: http://localhost:3000/auth/x#token=abc.

├─ links ──────────────────────────────────────────────────────────────
http://localhost:3000/auth/x#token=abc
└──────────────────────────────────────────────────────────────────────
`,
  )
})

t.test('every link stands alone on a line, once', async (t) => {
  const long = `https://example.com/path?a=1&b=%20#token=${'aZ09-_'.repeat(200)}`
  const texts = {
    alone: long,
    'in a sentence': `Open ${long}, please.`,
    'in brackets': `Open <${long}> (or ${long})!`,
    'twice, once alone': `${long}\nagain: ${long}`,
    'with CRLF': `Open:\r\n${long}\r\nthen go on`,
  }
  for (const [name, text] of Object.entries(texts)) {
    const lines = formatEmail({ ...mail, text }).split('\n')
    t.equal(lines.filter((line) => line === long).length, 1, name)
  }
  const two = formatEmail({ ...mail, text: 'https://a.example/1 and http://b.example/2.' }).split('\n')
  t.ok(two.includes('https://a.example/1'))
  t.ok(two.includes('http://b.example/2'))
})

t.test('control characters do not reach the terminal', async (t) => {
  const nasty = 'a\u001b[2J\u001b]0;title\u0007b\u0000c\rd\u009b31me\u202ef\u2066g\u2028h\u007fi\tj'
  const printed = formatEmail({ ...mail, subject: nasty, text: `${nasty}\nhttps://example.com/\u001b[31m` })
  t.notMatch(printed.replaceAll('\n', '').replaceAll('\t', ''), /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u)
  t.match(
    printed,
    'a\\u{1b}[2J\\u{1b}]0;title\\u{7}b\\u{0}c\\u{d}d\\u{9b}31me\\u{202e}f\\u{2066}g\\u{2028}h\\u{7f}i\tj',
  )
})

t.test('keeps letters, joined emoji and right-to-left text as they are', async (t) => {
  const text = 'Grüße 招待 👨‍👩‍👧 שלום مرحبا'
  t.match(formatEmail({ ...mail, text }), text)
})
