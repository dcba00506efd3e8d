import { BootError, setting } from '@json-express/core'
import fp from 'fastify-plugin'
import Type, { type Static } from 'typebox'
import { readSender } from './sender.js'
import { createSmtpEmail } from './smtp-email.js'

export { createSmtpEmail, type SmtpEmailOptions } from './smtp-email.js'

/** The settings `jex.email-smtp.*`. */
export const configSchema = Type.Object(
  {
    url: setting.secret({
      pattern: '^smtps?://',
      description: 'The mail server: smtp://user:password@host:587, or smtps://…:465 for TLS from the beginning',
    }),
    from: Type.Optional(
      Type.String({ minLength: 3, description: 'Sender where jex.auth.email.from is not set: Name <address>' }),
    ),
    requireTls: Type.Boolean({ default: true, description: 'Send over TLS only; false for a mail catcher without it' }),
    maxConnections: Type.Integer({ default: 5, minimum: 1, maximum: 100, description: 'Connections at once, at most' }),
  },
  { additionalProperties: false },
)

/** How long mails under way may take once the server stops, in milliseconds: half of what all of it may take. */
const STOP_MS = 5000

/**
 * Decorates `app.email` with a provider that sends over SMTP. Whether the server answers is looked at while the app boots,
 * and told in the log: mail waits, so nothing else does. Throws `BootError` for settings that cannot be used.
 */
export default fp<Static<typeof configSchema>>(
  async (app, { url, from, requireTls, maxConnections }) => {
    const stopping = new AbortController()
    const { signal } = stopping
    const sender = senderOf(app.settings, from)
    const email = createSmtpEmail({ url, from: sender, requireTls, maxConnections, signal, log: app.log })
    app.decorate('email', email)
    let timer: NodeJS.Timeout | undefined
    app.addHook('preClose', async () => {
      // not awaited: whoever sends waits for his mail before the provider is closed
      timer = setTimeout(() => stopping.abort(new Error('the server stops, and the mail took too long')), STOP_MS)
    })
    app.addHook('onClose', async () => {
      await email.close()
      clearTimeout(timer)
    })
    if (app.purpose !== 'command') email.health().catch(() => undefined) // the provider has logged it
  },
  { name: '@json-express/email-smtp', fastify: '5.x', decorators: { fastify: ['settings'] } },
)

/**
 * The sender of mails that name none. In production it has to be said: a server would refuse one that was made up. What
 * `auth.email.from` says stands in the mails of identity, so it is read even where it is not this one.
 */
function senderOf(settings: { get(key: string): unknown; production: boolean }, from: string | undefined): string {
  const authFrom = settings.get('auth.email.from') as string | undefined
  requireSender('jex.email-smtp.from', from)
  requireSender('jex.auth.email.from', authFrom)
  const sender = from ?? authFrom
  if (sender !== undefined) return sender
  if (settings.production) {
    throw new BootError(
      'Mails have no sender: set jex.email-smtp.from=Name <no-reply@example.com>, an address the mail server lets you use',
    )
  }
  const { hostname } = new URL(String(settings.get('publicUrl')))
  return `no-reply@${hostname}`
}

function requireSender(key: string, value: string | undefined): void {
  if (value === undefined) return
  try {
    readSender(value)
  } catch (cause) {
    throw new BootError(`${key} is no sender: write no-reply@example.com, or Name <no-reply@example.com>`, { cause })
  }
}
