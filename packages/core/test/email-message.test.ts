import t from 'tap'
import { assertEmailMessage, type EmailMessage } from '../src/index.js'

const GOOD = { to: 'ann@example.com', subject: 'Hello', text: 'Hello\r\nAnn' }

function check(part: Record<string, unknown>): void {
  assertEmailMessage({ ...GOOD, ...part } as EmailMessage)
}

t.test('takes a clean mail', async (t) => {
  for (const part of [
    ...['a@b.c', "o'neil+x=y@sub.example.com", 'admin@local', 'üser@exämple.com'].map((to) => ({ to })),
    ...[{ from: 'Büro Öst <a@b.c>' }, { subject: '' }, { subject: 'Grüße 🎉: 招待' }, { text: '' }],
    ...[{ html: '<p>\r\n</p>' }, { messageId: 'id@example.com' }, { text: 'nul \0 and \u001b' }],
  ]) {
    t.doesNotThrow(() => check(part), encodeURIComponent(JSON.stringify(part)))
  }
})

t.test('no header can be broken out of (CWE-93)', async (t) => {
  for (const header of ['to', 'from', 'subject', 'messageId']) {
    for (const end of ['\r\n', '\r', '\n', '\0', '\u000b', '\u0085', '\u2028', '\u2029', '\u001b', '\u007f']) {
      const what = `${header} ${encodeURIComponent(end)}`
      t.throws(() => check({ [header]: `a@b.c${end}Bcc: eve@example.com` }), TypeError, what)
      t.throws(() => check({ [header]: `a@b.c${end}` }), TypeError, what)
      t.throws(() => check({ [header]: `${end}a@b.c` }), TypeError, what)
    }
  }
})

t.test('exactly one bare recipient', async (t) => {
  for (const to of [
    ...['a@b.c,d@e.f', 'a@b.c, d@e.f', 'a@b.c;d', 'a@b.c d@e.f', 'Ann <a@b.c>', '<a@b.c>', ' a@b.c', 'a@b.c '],
    ...['a@b@c.d', '"d@e.f x"@b.c', 'a@[127.0.0.1]', 'list:a@b.c;', 'a@b.c(x)', 'a\\@b.c', 'a\u00a0@b.c'],
    ...['', '@', 'a', 'a@', '@b'],
  ]) {
    t.throws(() => check({ to }), TypeError, encodeURIComponent(to))
  }
})

t.test('text is text, whatever the types say', async (t) => {
  for (const value of [['a@b.c'], ['a@b.c', 'd@e.f'], { address: 'a@b.c' }, null, undefined, 1, true]) {
    for (const part of ['to', 'subject', 'text']) t.throws(() => check({ [part]: value }), TypeError, part)
  }
  t.throws(() => check({ from: null }), TypeError)
  t.throws(() => check({ messageId: ['a@b.c'] }), TypeError)
})

t.test('the error does not repeat what was refused', async (t) => {
  t.throws(() => check({ to: 'eve@example.com\r\nx' }), { message: /^email: to is not clean text$/ })
})
