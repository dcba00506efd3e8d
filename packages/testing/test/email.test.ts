import { setImmediate as turn } from 'node:timers/promises'
import { assertEmailMessage, type EmailMessage, type IEmailProvider, UnavailableError } from '@json-express/core'
import t from 'tap'
import { type EmailSubject, emailRules, type OpenEmailProvider, type ReceivedEmail } from '../src/index.js'
import { breaks } from './breaks.js'

type Deliver = (message: EmailMessage) => void

interface Wrong {
  /** What becomes of a mail on its way. */
  change?: (mail: ReceivedEmail) => ReceivedEmail
  send?: (message: EmailMessage, deliver: Deliver) => Promise<void>
  provider?: Partial<IEmailProvider>
}

/** A correct provider that keeps what it delivers, but for what is wrong. */
function open({ change = (mail) => mail, send, provider = {} }: Wrong = {}): OpenEmailProvider {
  const mails: ReceivedEmail[] = []
  let closed = false
  const deliver: Deliver = ({ from = 'me@localhost', to, ...rest }) =>
    void mails.push(change({ ...rest, from, to: [to] }))
  return {
    received: async () => mails,
    provider: {
      async send(message) {
        if (closed) throw new UnavailableError('closed')
        if (send !== undefined) return await send(message, deliver)
        assertEmailMessage(message)
        deliver(message)
      },
      async health() {
        if (closed) throw new UnavailableError('closed')
      },
      async close() {
        closed = true
      },
      ...provider,
    },
  }
}

const AS_GIVEN = 'delivers a mail as it was given'
const ONE_RECIPIENT = 'refuses everything but one bare recipient'

/** Checks all but some values of `to`. */
const letting = (passes: (to: unknown) => boolean): Wrong => ({
  async send(message, deliver) {
    assertEmailMessage(passes(message.to) ? { ...message, to: 'ann@example.com' } : message)
    deliver(message)
  },
})

const last: { message?: EmailMessage } = {}

const faults: [rule: string, fault: string, wrong: Wrong][] = [
  [AS_GIVEN, 'drops the HTML', { change: ({ html: _, ...mail }) => mail }],
  [AS_GIVEN, 'drops the messageId', { change: ({ messageId: _, ...mail }) => mail }],
  [
    AS_GIVEN,
    'latin1 subject',
    { change: (mail) => ({ ...mail, subject: Buffer.from(mail.subject, 'latin1').toString() }) },
  ],
  [AS_GIVEN, 'own sender always', { change: (mail) => ({ ...mail, from: 'me@localhost' }) }],
  [AS_GIVEN, 'dot stuffing', { change: (mail) => ({ ...mail, text: mail.text.replace('\n.', '\n..') }) }],
  [AS_GIVEN, 'mbox quoting', { change: (mail) => ({ ...mail, text: mail.text.replace('\nFrom', '\n>From') }) }],
  [AS_GIVEN, 'blind copy', { change: (mail) => ({ ...mail, to: [...mail.to, 'archive@example.com'] }) }],
  ['delivers text alone, from a sender of its own', 'no sender', { change: (mail) => ({ ...mail, from: '' }) }],
  [
    'keeps links whole, wherever they stand',
    'wraps',
    { change: (mail) => ({ ...mail, text: mail.text.replace(/.{76}/g, '$&\n') }) },
  ],
  [
    'keeps links whole, wherever they stand',
    'escapes',
    { change: (mail) => ({ ...mail, text: mail.text.replace(/&/g, '&amp;') }) },
  ],
  [
    'takes any clean bare address',
    'lower ASCII only',
    { change: (mail) => ({ ...mail, to: mail.to.map((to) => to.replace(/[^\w@.]/g, '')) }) },
  ],
  [
    'keeps mails that are sent at once apart',
    'shared state',
    {
      async send(message, deliver) {
        last.message = message
        await turn()
        deliver(last.message)
      },
    },
  ],
  [
    'refuses CR, LF, NUL and other control characters in headers',
    'checks the recipient only',
    {
      async send(message, deliver) {
        assertEmailMessage({ ...message, from: 'a@b.c', subject: '' })
        deliver(message)
      },
    },
  ],
  [
    'refuses CR, LF, NUL and other control characters in headers',
    'strips',
    {
      async send(message, deliver) {
        deliver({ ...message, subject: message.subject.replace(/[\r\n]/g, '') })
      },
    },
  ],
  [ONE_RECIPIENT, 'lets a list pass', letting((to) => String(to).includes(','))],
  [ONE_RECIPIENT, 'lets a display name pass', letting((to) => String(to).startsWith('Ann <'))],
  [ONE_RECIPIENT, 'lets a quoted local part pass', letting((to) => String(to).startsWith('"'))],
  [
    ONE_RECIPIENT,
    'sends, then refuses',
    {
      async send(message, deliver) {
        deliver(message)
        assertEmailMessage(message)
      },
    },
  ],
  [
    ONE_RECIPIENT,
    'refuses with another error',
    {
      async send(message, deliver) {
        try {
          assertEmailMessage(message)
        } catch {
          throw new Error('no')
        }
        deliver(message)
      },
    },
  ],
  ['refuses what is no text, whatever the types say', 'lets an array pass', letting(Array.isArray)],
  ['is healthy', 'is not', { provider: { health: () => Promise.resolve('ill' as never) } }],
  ['once closed nothing is sent', 'close does nothing', { provider: { close: async () => {} } }],
]

const subject = (wrong?: Wrong): EmailSubject => ({ open: async () => open(wrong) })

for (const rule of emailRules) {
  t.test(`a correct provider keeps: ${rule.name}`, () => rule.run(subject()))
  t.ok(
    faults.some(([name]) => name === rule.name),
    `there is a fault for: ${rule.name}`,
  )
}

for (const [rule, fault, wrong] of faults) {
  t.test(`${rule}: finds '${fault}'`, () => breaks(emailRules, rule, subject(wrong)))
}

t.test('parts that a provider omits by design are not asked for', async () => {
  const change = ({ to, from, subject, text }: ReceivedEmail): ReceivedEmail => ({ to, from, subject, text })
  for (const rule of emailRules) await rule.run({ ...subject({ change }), omits: ['html', 'messageId'] })
})
