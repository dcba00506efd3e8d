import { type AuthSettings, assertEmailMessage } from '@json-express/core'
import naughtyStrings from 'big-list-of-naughty-strings/blns.json' with { type: 'json' }
import t from 'tap'
import { composeMail, type MailKind } from '../src/mail.js'

const TOKEN = 'A'.repeat(43)
const EVIL = `<img src=x onerror=alert(1)>"'&<a href="https://evil.example">`

function compose(kind: MailKind, { appName = 'Shop', ttlMs = 72 * 3_600_000 } = {}) {
  const email = { appName, resetUrl: 'https://shop.example/auth/password/reset' }
  return composeMail(kind, {
    to: 'ann@example.com',
    token: kind === 'password-changed' ? null : TOKEN,
    ttlMs,
    intentId: '0190-1',
    settings: { email } as AuthSettings,
  })
}

t.test('a mail goes to one address and holds the link in both parts', async (t) => {
  for (const kind of ['invite', 'reset'] as const) {
    const mail = compose(kind)
    assertEmailMessage(mail)
    t.match(mail, { to: 'ann@example.com', messageId: '0190-1@shop.example' })
    const link = `https://shop.example/auth/password/reset#token=${TOKEN}`
    t.ok(mail.text.split('\n').includes(link), 'alone on a line')
    t.ok(mail.html?.includes(`href="${link}"`))
    t.match(mail.text, /3 days/)
  }
})

t.test('the notice of a change holds no link at all', async (t) => {
  const { text, html } = compose('password-changed')
  t.notMatch(`${text}${html}`, /https?:|token|href/)
})

t.test('markup in names stays text', async (t) => {
  for (const kind of ['invite', 'reset', 'password-changed'] as const) {
    const { html = '' } = compose(kind, { appName: EVIL })
    t.notMatch(html, /<img|onerror=alert\(1\)>"|evil\.example">/)
    t.match(html, /&lt;img src=x/)
    t.ok((html.match(/<a /g) ?? []).length <= 1, 'no link but ours')
  }
})

t.test('no name of an app adds a tag, an attribute or a link to a mail', async (t) => {
  t.ok(naughtyStrings.length > 400)
  const marks = (html = '') => html.replaceAll(/[^<>"']/g, '')
  const names = naughtyStrings.concat(EVIL, '</p></div></body></html>', '$1', '$&', '%s').filter((name) => name !== '')
  for (const kind of ['invite', 'reset', 'password-changed'] as const) {
    const plain = compose(kind)
    for (const appName of names) {
      const { html, text, subject } = compose(kind, { appName })
      if (marks(html) !== marks(plain.html)) t.fail(`${kind} ${JSON.stringify(appName)}`)
      const links = text.split('\n').filter((line) => line.includes(TOKEN))
      if (links.length !== (kind === 'password-changed' ? 0 : 1)) t.fail(`${kind} ${JSON.stringify(appName)}: links`)
      if (!subject.includes(appName)) t.fail(`${kind} ${JSON.stringify(appName)}: subject`)
    }
  }
})

t.test('says how long the link lives', async (t) => {
  for (const [ttlMs, words] of [
    [30 * 60_000, '30 minutes'],
    [3_600_000, '1 hour'],
    [90 * 60_000, '90 minutes'],
    [86_400_000, '1 day'],
    [1500, '1 second'],
  ] as const) {
    t.ok(compose('reset', { ttlMs }).text.includes(`within ${words}.`), words)
  }
})
