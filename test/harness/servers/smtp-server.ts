import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { simpleParser } from 'mailparser'
import { SMTPServer } from 'smtp-server'
import type { Teardown } from './server-process.js'

const pem = (name: string) => readFileSync(new URL(`certificate/${name}.pem`, import.meta.url), 'utf8')

/** What clients of a server with TLS have to trust. */
export const certificate = pem('cert')

export interface ReceivedMail {
  /** Every recipient of the envelope. */
  to: string[]
  from: string
  subject: string
  text: string
  html?: string
  /** Without the brackets. */
  messageId?: string
  raw: string
}

const ARRIVAL_MS = 120_000

/**
 * What the server answers at a step: a number is an SMTP reply, a text beginning with one is the whole of it, `hang` no answer
 * at all, `cut` the end of every connection; nothing is yes.
 */
export type Step = 'connect' | 'auth' | 'mail' | 'rcpt' | 'data'
export type Reply = number | 'hang' | 'cut' | `${number} ${string}` | undefined
/** `raw` is the mail, at the step `data`. */
export type Script = (step: Step, address: string, raw?: string) => Reply | Promise<Reply>

export interface SmtpOptions {
  /** Offered after STARTTLS, spoken from the beginning, or not there. Default `none`. */
  tls?: 'starttls' | 'implicit' | 'none'
  /** The one account that may sign in; without it nobody has to. */
  account?: { user: string; pass: string }
}

export interface SmtpServer {
  port: number
  url: string
  /** What was taken, oldest first. */
  mails: ReceivedMail[]
  /** Resolves to the nth mail to an address, the first being 1, once it is there; rejects after two minutes. */
  mailTo(address: string, nth?: number): Promise<ReceivedMail>
  /** Asked at every step. */
  script: Script | undefined
  /** Connections that are open now. */
  sessions(): number
  /** Ends all connections and listens no more. */
  stop(): Promise<void>
  /** Listens again, on the same port. */
  start(): Promise<void>
}

/** An SMTP server of the test's own that keeps the mails it takes. */
export async function startSmtp(t: Teardown, { tls = 'none', account }: SmtpOptions = {}): Promise<SmtpServer> {
  const arrivals = new Set<() => void>()
  const ask = async (step: Step, address: string, yes: () => void, no: (error: Error) => void, raw?: string) => {
    const reply = await server.script?.(step, address, raw)
    if (reply === undefined) yes()
    else if (reply === 'cut') for (const connection of smtp.connections) connection.close()
    else if (typeof reply === 'number') no(refusal(reply, `scripted ${reply} at ${step}`))
    else if (reply !== 'hang') no(refusal(Number(reply.slice(0, 3)), reply.slice(4)))
  }
  const make = () =>
    new SMTPServer({
      key: pem('key'),
      cert: certificate,
      secure: tls === 'implicit',
      authOptional: account === undefined,
      disabledCommands: [...(tls === 'starttls' ? [] : ['STARTTLS']), ...(account === undefined ? ['AUTH'] : [])],
      allowInsecureAuth: true,
      hideSMTPUTF8: false,
      closeTimeout: 10,
      logger: false,
      onConnect: (_session, done) => void ask('connect', '', done, done),
      onAuth: ({ username = '', password }, _session, done) => {
        const known = username === account?.user && password === account?.pass
        const refused = Object.assign(new Error('Invalid login'), { responseCode: 535 })
        void ask('auth', username, () => (known ? done(null, { user: username }) : done(refused)), done)
      },
      onMailFrom: ({ address }, _session, done) => void ask('mail', address, done, done),
      onRcptTo: ({ address }, _session, done) => void ask('rcpt', address, done, done),
      onData(stream, { envelope }, done) {
        const to = envelope.rcptTo.map(({ address }) => address)
        const chunks: Buffer[] = []
        stream.on('data', (chunk: Buffer) => chunks.push(chunk))
        stream.on('end', () => {
          const take = async () => {
            server.mails.push(await read(Buffer.concat(chunks), to))
            for (const arrival of arrivals) arrival()
            done()
          }
          void ask('data', to[0] ?? '', () => void take(), done, Buffer.concat(chunks).toString('latin1'))
        })
      },
    }).on('error', () => undefined)

  let smtp = make()
  const listen = async (port: number) => {
    smtp.listen(port, '127.0.0.1')
    await once(smtp.server, 'listening')
  }
  await listen(0)
  const { port } = smtp.server.address() as AddressInfo
  const login = account ? `${encodeURIComponent(account.user)}:${encodeURIComponent(account.pass)}@` : ''
  let stopped = false

  const server: SmtpServer = {
    port,
    url: `${tls === 'implicit' ? 'smtps' : 'smtp'}://${login}127.0.0.1:${port}`,
    mails: [],
    script: undefined,
    mailTo: (address, nth = 1) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`mail ${nth} to ${address} never came`)), ARRIVAL_MS)
        const look = () => {
          const found = server.mails.filter(({ to }) => to.includes(address))[nth - 1]
          if (found === undefined) return
          clearTimeout(timer)
          arrivals.delete(look)
          resolve(found)
        }
        arrivals.add(look)
        look()
      }),
    sessions: () => smtp.connections.size,
    async stop() {
      if (stopped) return
      stopped = true
      const closed = new Promise<void>((resolve) => smtp.close(resolve))
      for (const connection of smtp.connections) connection.close()
      await closed
    },
    async start() {
      smtp = make()
      await listen(port)
      stopped = false
    },
  }
  t.teardown(() => server.stop())
  return server
}

function refusal(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode })
}

async function read(raw: Buffer, to: string[]): Promise<ReceivedMail> {
  const { from, subject, text, html, messageId } = await simpleParser(raw, { skipTextToHtml: true })
  return {
    to,
    from: from?.value.map(({ name, address }) => (name ? `${name} <${address}>` : String(address))).join() ?? '',
    subject: subject ?? '',
    text: text ?? '',
    ...(html && { html }),
    ...(messageId && { messageId: messageId.replace(/^<|>$/g, '') }),
    raw: raw.toString('latin1'),
  }
}
