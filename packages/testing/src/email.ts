import assert from 'node:assert/strict'
import { type EmailMessage, type IEmailProvider, UnavailableError } from '@json-express/core'
import { MANY_RECIPIENTS, NOT_CLEAN, NOT_TEXT } from './email/refusals.js'
import type { Rule } from './suite.js'

/** A mail as it came out at the other end. */
export interface ReceivedEmail {
  /** Every recipient of the envelope. */
  to: readonly string[]
  from: string
  subject: string
  text: string
  html?: string
  /** Without the brackets. */
  messageId?: string
}

export interface OpenEmailProvider {
  provider: IEmailProvider
  /** What was really delivered since the provider was opened, oldest first. */
  received(): Promise<readonly ReceivedEmail[]>
}

/** The provider under test. */
export interface EmailSubject {
  /** A new provider through which nothing was sent. The rules close it. */
  open(): Promise<OpenEmailProvider>
  /** The parts that this provider does not carry by design, like the HTML part on a terminal. */
  omits?: readonly ('html' | 'messageId')[]
}

const TOKEN = 'aZ09-_'.repeat(90)
const LINK = `http://localhost:3000/auth/password/reset#token=${TOKEN}&a=%3D=b`

const MAIL = {
  to: 'ann.o+tag@example.com',
  from: 'Büro Öst <buero@example.com>',
  subject: 'Grüße – 招待 🎉 = and a subject that is far longer than the 78 characters after which mail folds a header',
  text: `Ann,\n\n.a dot first\nFrom here\n=3D\n  indented 招待 🎉\n${LINK}\n\n${'word '.repeat(300)}end`,
  html: `<p>Grüße &amp; <b>招待</b> 🎉</p>\n<a href="${LINK.replace('&', '&amp;')}">link</a><p>${'wörd '.repeat(300)}</p>`,
  messageId: '0190c8a2-7d5b@example.com',
} as const satisfies EmailMessage

/** What every `IEmailProvider` has to keep. */
export const emailRules: readonly Rule<EmailSubject>[] = [
  rule('delivers a mail as it was given', async ({ provider, received }, subject) => {
    assert.equal(await provider.send(MAIL), undefined)
    const [mail, ...others] = await received()
    assert.equal(others.length, 0)
    assert.deepEqual(mail?.to, [MAIL.to])
    assert.equal(mail.from, MAIL.from)
    assert.equal(mail.subject, MAIL.subject)
    assert.equal(lines(mail.text), lines(MAIL.text))
    if (!subject.omits?.includes('html')) assert.equal(lines(mail.html), lines(MAIL.html))
    if (!subject.omits?.includes('messageId')) assert.equal(mail.messageId, MAIL.messageId)
  }),

  rule('delivers text alone, from a sender of its own', async ({ provider, received }) => {
    await provider.send({ to: 'ann@example.com', subject: 'Hello', text: 'Plain' })
    const [mail] = await received()
    assert.match(mail?.from ?? '', /@/)
    assert.equal(lines(mail?.text), 'Plain')
    assert.equal(mail?.html, undefined)
  }),

  rule('keeps links whole, wherever they stand', async ({ provider, received }) => {
    await provider.send({ to: 'ann@example.com', subject: 'Link', text: `Click ${LINK} today, or <${LINK}>.` })
    const [mail] = await received()
    assert.equal(mail?.text.split(LINK).length, 3)
  }),

  rule('takes any clean bare address', async ({ provider, received }) => {
    const addresses = ["o'neil+x=y@sub.example.com", 'admin@local', 'üser@example.com', 'a@b.c', '_-~!#$%&*/?^`{|}@x.y']
    for (const to of addresses) await provider.send({ to, subject: 'Hello', text: 'Plain' })
    assert.deepEqual(
      (await received()).map((mail) => mail.to),
      addresses.map((to) => [to]),
    )
  }),

  rule('keeps mails that are sent at once apart', async ({ provider, received }) => {
    const texts = Array.from({ length: 20 }, (_, index) => `mail ${index}`)
    await Promise.all(texts.map((text, index) => provider.send({ to: `to${index}@example.com`, subject: text, text })))
    const mails = (await received()).map((mail) => [...mail.to, mail.subject, lines(mail.text)].join(' '))
    assert.deepEqual(mails.sort(), texts.map((text, index) => `to${index}@example.com ${text} ${text}`).sort())
  }),

  refusal('refuses CR, LF, NUL and other control characters in headers', NOT_CLEAN),
  refusal('refuses everything but one bare recipient', MANY_RECIPIENTS),
  refusal('refuses what is no text, whatever the types say', NOT_TEXT),

  rule('is healthy', async ({ provider }) => {
    assert.equal(await provider.health(), undefined)
  }),

  {
    name: 'once closed nothing is sent',
    async run(subject) {
      const { provider, received } = await subject.open()
      await provider.close()
      await assert.rejects(() => provider.send(MAIL))
      await assert.rejects(() => provider.health(), UnavailableError)
      assert.deepEqual(await received(), [])
    },
  },
]

/** Every message rejects with `TypeError`; a last, good one shows that nothing had gone out before it. */
function refusal(name: string, refused: readonly Partial<Record<keyof EmailMessage, unknown>>[]): Rule<EmailSubject> {
  return rule(name, async ({ provider, received }) => {
    for (const part of refused) {
      const message = { ...MAIL, ...part } as EmailMessage
      await assert.rejects(() => provider.send(message), TypeError, JSON.stringify(part))
    }
    await provider.send({ to: 'last@example.com', subject: 'Last', text: 'Last' })
    assert.deepEqual(
      (await received()).map((mail) => mail.to),
      [['last@example.com']],
    )
  })
}

function rule(
  name: string,
  work: (opened: OpenEmailProvider, subject: EmailSubject) => Promise<void>,
): Rule<EmailSubject> {
  return {
    name,
    async run(subject) {
      const opened = await subject.open()
      try {
        await work(opened, subject)
      } finally {
        await opened.provider.close()
      }
    },
  }
}

/** Mail ends its lines with CRLF and its text with a line end. */
function lines(text: string | undefined): string | undefined {
  return text?.replaceAll('\r\n', '\n').trimEnd()
}
