import type { SecureContextOptions } from 'node:tls'
import { assertEmailMessage, type IEmailProvider, UnavailableError } from '@json-express/core'
import type { FastifyBaseLogger } from 'fastify'
import { createTransport } from 'nodemailer'
import pTimeout from 'p-timeout'
import { readSender } from './sender.js'
import { explainFailure } from './smtp-failure.js'
import { readSmtpUrl } from './smtp-url.js'

export interface SmtpEmailOptions {
  /** `smtp://user:password@host:587`, or `smtps://…:465` for TLS from the beginning. */
  url: string
  /** The sender where a mail names none, an address or `Name <address>`. */
  from: string
  /** Whether mail may go over TLS only. Default true. With false STARTTLS is still used where it is offered. */
  requireTls?: boolean
  /** Default 5. */
  maxConnections?: number
  /** A private certificate authority; otherwise those that Node trusts, see NODE_EXTRA_CA_CERTS. */
  ca?: SecureContextOptions['ca']
  /** In milliseconds, how long each step and the whole of one mail may take. Defaults 10 s, 10 s, 30 s and 60 s. */
  limits?: { connection?: number; greeting?: number; socket?: number; mail?: number }
  /** Ends the mails that are still under way; they reject with `UnavailableError`. */
  signal?: AbortSignal
  /** Told once when mail cannot go any more, and once when it can again. */
  log?: Pick<FastifyBaseLogger, 'error' | 'info'>
}

const DNS_MS = 5000
/** How long `health` believes the last success, in milliseconds. */
const FRESH_MS = 30_000
/** How long `close` waits for mails under way, in milliseconds. */
const CLOSE_MS = 10_000

/** Makes an e-mail provider that sends over SMTP. Throws `BootError` for a URL and `TypeError` for a sender it cannot use. */
export function createSmtpEmail({
  url,
  from,
  requireTls = true,
  maxConnections = 5,
  ca,
  limits = {},
  signal,
  log,
}: SmtpEmailOptions): IEmailProvider {
  const { connection = 10_000, greeting = 10_000, socket = 30_000, mail = 60_000 } = limits
  const { host, port, implicitTls, auth } = readSmtpUrl(url)
  const sender = readSender(from)
  const transport = createTransport({
    pool: true,
    ...{ host, port, maxConnections },
    ...(auth && { auth }),
    secure: implicitTls,
    requireTLS: requireTls && !implicitTls,
    tls: { minVersion: 'TLSv1.2', ...(ca !== undefined && { ca }) },
    connectionTimeout: connection,
    greetingTimeout: greeting,
    socketTimeout: socket,
    dnsTimeout: DNS_MS,
    maxRequeues: 1, // for a connection that the server had closed while it was idle; whoever sends tries again otherwise
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  const underWay = new Set<Promise<unknown>>()
  let closing: Promise<void> | undefined
  let checking: Promise<void> | undefined
  let worksUntil = 0
  let broken = false

  return {
    async send(message) {
      assertOpen()
      assertEmailMessage(message)
      const { to, subject, text, html, messageId } = message
      const by = message.from === undefined ? sender : readSender(message.from)
      const sent = attempt(
        transport.sendMail({
          envelope: { from: by.address, to: [to] },
          from: by,
          to: { name: '', address: to },
          ...{ subject, text },
          ...(html !== undefined && { html }),
          ...(messageId !== undefined && { messageId: `<${messageId}>` }),
          headers: { 'Auto-Submitted': 'auto-generated' }, // no replies from holidays (RFC 3834)
          signal: AbortSignal.any([AbortSignal.timeout(mail), ...(signal ? [signal] : [])]),
        }),
      )
      underWay.add(sent)
      await sent.finally(() => underWay.delete(sent))
    },

    async health() {
      assertOpen()
      if (performance.now() < worksUntil) return
      checking ??= attempt(pTimeout(transport.verify(), { milliseconds: mail })).finally(() => {
        checking = undefined
      })
      await checking
    },

    close() {
      closing ??= end()
      return closing
    },
  } satisfies IEmailProvider

  async function attempt(work: Promise<unknown>): Promise<void> {
    try {
      await work
      tell(undefined)
      worksUntil = performance.now() + FRESH_MS
    } catch (error) {
      const failure = explainFailure(error)
      if (failure instanceof UnavailableError) tell(failure)
      throw failure
    }
  }

  function tell(failure: UnavailableError | undefined): void {
    if (failure !== undefined) worksUntil = 0
    if (broken === (failure !== undefined)) return
    broken = failure !== undefined
    if (failure) log?.error({ reason: failure.message }, 'mail cannot be sent: it waits until it can')
    else log?.info('mail can be sent again')
  }

  async function end(): Promise<void> {
    await pTimeout(Promise.allSettled(underWay), { milliseconds: CLOSE_MS, fallback: () => undefined })
    transport.close()
  }

  function assertOpen(): void {
    if (closing !== undefined) throw new UnavailableError('email: the provider is closed')
  }
}
