import { assertEmailMessage } from '@json-express/core'
import naughtyStrings from 'big-list-of-naughty-strings/blns.json' with { type: 'json' }
import t from 'tap'
import { composeMail, type MailKind } from '../src/mail.js'
import { de } from '../src/texts/de.js'
import { en } from '../src/texts/en.js'
import type { MailTemplates } from '../src/texts/load-templates.js'
import { LINK_MAILS, MAIL_KINDS } from '../src/texts/texts.js'

const TOKEN = 'A'.repeat(43)
const EVIL = `<img src=x onerror=alert(1)>"'&<a href="https://evil.example">`

const LANGUAGES = { en, de }

interface ComposeOptions {
  appName?: string
  ttlMs?: number
  locale?: keyof typeof LANGUAGES
  templates?: MailTemplates
}

function compose(
  kind: MailKind,
  { appName = 'Shop', ttlMs = 72 * 3_600_000, locale = 'en', templates = {} }: ComposeOptions = {},
) {
  const [resetUrl, verifyUrl] = ['https://shop.example/auth/password/reset', 'https://shop.example/auth/verify']
  return composeMail(kind, {
    to: 'ann@example.com',
    token: LINK_MAILS.includes(kind) ? TOKEN : null,
    ttlMs,
    intentId: '0190-1',
    settings: { email: { appName, locale, resetUrl, verifyUrl } },
    texts: LANGUAGES[locale],
    templates,
  })
}

t.test('a mail goes to one address and holds the link in both parts', async (t) => {
  for (const kind of LINK_MAILS) {
    const mail = compose(kind)
    assertEmailMessage(mail)
    t.match(mail, { to: 'ann@example.com', messageId: '0190-1@shop.example' })
    const page = kind === 'invite' || kind === 'reset' ? 'password/reset' : 'verify'
    const link = `https://shop.example/auth/${page}#token=${TOKEN}`
    t.ok(mail.text.split('\n').includes(link), 'alone on a line')
    t.ok(mail.html?.includes(`href="${link}"`))
    t.match(mail.text, /3 days/)
  }
})

t.test('notices hold no link at all, and do not name another address', async (t) => {
  for (const kind of MAIL_KINDS.filter((one) => !LINK_MAILS.includes(one))) {
    const { text, html } = compose(kind)
    t.notMatch(`${text}${html}`, /https?:|token|href|@/, kind)
  }
})

t.test('every mail is there in every language, whole', async (t) => {
  for (const locale of ['en', 'de'] as const) {
    for (const kind of MAIL_KINDS) {
      const { subject, text, html = '' } = compose(kind, { locale })
      t.match(subject, 'Shop')
      t.notMatch(`${subject}${text}${html}`, /\{\{|undefined/)
      t.match(html, `<html lang="${locale}">`)
      for (const line of text.split('\n\n')) t.ok(line.trim().length > 0)
    }
  }
  t.match(compose('invite', { locale: 'de' }).text, '3 Tage lang')
})

t.test('an app writes mails of its own, in whole or in part', async (t) => {
  const txt = 'Hello {{email}}, {{link}} works for {{lifetime}}. {{appName}}'
  const html = '<p title="{{appName}}">{{email}} <a href="{{link}}">here</a></p>'
  const both = compose('reset', { appName: EVIL, templates: { reset: { txt, html } } })
  t.equal(
    both.text,
    `Hello ann@example.com, https://shop.example/auth/password/reset#token=${TOKEN} works for 3 days. ${EVIL}`,
  )
  t.match(both.html, /^<p title="&lt;img src/)
  t.equal(both.html?.match(/</g)?.length, 4, 'no markup but its own')
  const one = compose('reset', { templates: { reset: { html } } })
  t.match(one.text, 'Somebody, probably you', 'the other part stays')
})

t.test('markup in names stays text', async (t) => {
  for (const kind of MAIL_KINDS) {
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
  for (const kind of MAIL_KINDS) {
    const plain = compose(kind)
    for (const appName of names) {
      const { html, text, subject } = compose(kind, { appName })
      if (marks(html) !== marks(plain.html)) t.fail(`${kind} ${JSON.stringify(appName)}`)
      const links = text.split('\n').filter((line) => line.includes(TOKEN))
      if (links.length !== (LINK_MAILS.includes(kind) ? 1 : 0)) t.fail(`${kind} ${JSON.stringify(appName)}: links`)
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
