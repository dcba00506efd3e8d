import { setTimeout as pause } from 'node:timers/promises'
import { emailRules } from '@json-express/testing'
import t, { type Test } from 'tap'
import { type SmtpServer, startSmtp } from '../../../test/harness/servers/smtp-server.js'
import { createSmtpEmail, type SmtpEmailOptions } from '../src/smtp-email.js'

const MAIL = { to: 'ann@example.com', subject: 'Hello', text: 'Plain' }
const UNAVAILABLE = { name: 'UnavailableError' }
const REJECTED = { name: 'EmailRejectedError' }

function providerFor(t: Test, smtp: Pick<SmtpServer, 'url'>, options: Partial<SmtpEmailOptions> = {}) {
  const provider = createSmtpEmail({ url: smtp.url, from: 'no-reply@example.com', requireTls: false, ...options })
  t.teardown(() => provider.close())
  return provider
}

for (const rule of emailRules) {
  t.test(rule.name, async (t) => {
    const smtp = await startSmtp(t)
    const open = async () => ({ provider: providerFor(t, smtp), received: async () => smtp.mails })
    await rule.run({ open })
  })
}

t.test('what each reply means: tried again, or never', async (t) => {
  const smtp = await startSmtp(t)
  const provider = providerFor(t, smtp)
  const replies: [step: string, code: number, outcome: { name: string }][] = [
    ...[421, 450, 451, 452].flatMap((code) =>
      ['mail', 'rcpt', 'data'].map((step): [string, number, { name: string }] => [step, code, UNAVAILABLE]),
    ),
    ...[550, 551, 553, 554].flatMap((code) =>
      ['rcpt', 'data'].map((step): [string, number, { name: string }] => [step, code, REJECTED]),
    ),
    ['rcpt', 552, UNAVAILABLE],
    ['rcpt', 530, UNAVAILABLE],
    ['mail', 550, UNAVAILABLE],
    ['mail', 553, UNAVAILABLE],
  ]
  for (const [at, code, outcome] of replies) {
    smtp.script = (step) => (step === at ? code : undefined)
    await t.rejects(provider.send(MAIL), outcome, `${code} at ${at}`)
  }
  smtp.script = undefined
  await provider.send(MAIL)
  t.equal(smtp.mails.length, 1, 'and the provider goes on')
  for (const code of [421, 554]) {
    smtp.script = (step) => (step === 'connect' ? code : undefined)
    await t.rejects(providerFor(t, smtp).send(MAIL), UNAVAILABLE, `${code} as the greeting`)
  }
})

t.test('an enhanced code tells a refused sender from a refused recipient', async (t) => {
  const smtp = await startSmtp(t)
  const provider = providerFor(t, smtp)
  for (const [reply, outcome] of [
    ['550 5.7.1 sender not authorised', UNAVAILABLE],
    ['554 5.7.23 SPF says no', UNAVAILABLE],
    ['553 5.1.8 sender address rejected', UNAVAILABLE],
    ['553 5.1.7 bad sender address', UNAVAILABLE],
    ['550 5.1.1 no such user', REJECTED],
    ['550 5.1.2 no such host', REJECTED],
    ['501 5.1.3 bad address', REJECTED],
    ['550 5.2.1 mailbox disabled', REJECTED],
    ['550 refused, see 5.7.1', REJECTED],
  ] as const) {
    for (const at of ['rcpt', 'data']) {
      smtp.script = (step) => (step === at ? reply : undefined)
      await t.rejects(provider.send(MAIL), outcome, `${reply} at ${at}`)
    }
  }
})

t.test('a mail under way ends when it is told to, and goes when it is sent again', async (t) => {
  const smtp = await startSmtp(t)
  const stopping = new AbortController()
  const provider = providerFor(t, smtp, { signal: stopping.signal })
  const reached = new Promise<void>((resolve) => {
    smtp.script = (step) => {
      if (step !== 'data') return undefined
      resolve()
      return 'hang'
    }
  })
  const sent = provider.send(MAIL)
  await reached
  stopping.abort(new Error('the server stops'))
  await t.rejects(sent, UNAVAILABLE)
  await provider.close()
  smtp.script = undefined
  await providerFor(t, smtp).send(MAIL)
})

t.test('looking at a server that hangs ends, and closing does not wait for it', async (t) => {
  const smtp = await startSmtp(t)
  smtp.script = (step) => (step === 'connect' ? 'hang' : undefined)
  const patient = { connection: 60_000, greeting: 60_000, socket: 60_000 }
  await t.rejects(providerFor(t, smtp, { limits: { ...patient, mail: 100 } }).health(), UNAVAILABLE)
  const provider = providerFor(t, smtp, { limits: { ...patient, mail: 60_000 } })
  const looked = provider.health().catch(() => 'ended')
  const first = Promise.race([provider.close().then(() => 'closed'), looked])
  t.equal(await first, 'closed')
})

t.test('the server goes away and comes back: mails fail at once and then go, told once each', async (t) => {
  const lines: string[] = []
  const smtp = await startSmtp(t)
  const log = {
    error: (...words: unknown[]) => void lines.push(JSON.stringify(words)),
    info: (...words: unknown[]) => void lines.push(JSON.stringify(words)),
  } as unknown as NonNullable<SmtpEmailOptions['log']>
  const provider = providerFor(t, smtp, { log })
  await provider.send(MAIL)
  await smtp.stop()
  for (let mail = 0; mail < 3; mail++) await t.rejects(provider.send(MAIL), UNAVAILABLE)
  await t.rejects(provider.health(), UNAVAILABLE)
  await smtp.start()
  await provider.health()
  await provider.send(MAIL)
  t.equal(smtp.mails.length, 2)
  t.equal(lines.filter((line) => line.includes('cannot be sent')).length, 1)
  t.equal(lines.filter((line) => line.includes('again')).length, 1)
})

t.test('a connection that the server closed while it was idle costs no mail', async (t) => {
  const smtp = await startSmtp(t)
  const provider = providerFor(t, smtp)
  await provider.send(MAIL)
  await smtp.stop()
  await smtp.start()
  await provider.send(MAIL)
  t.equal(smtp.mails.length, 2)
})

t.test('a mail that gets no answer is given up, and holds the others up no longer than that', async (t) => {
  const limits = { connection: 500, greeting: 500, socket: 500, mail: 1000 }
  for (const at of ['connect', 'mail', 'rcpt', 'data']) {
    const smtp = await startSmtp(t)
    const provider = providerFor(t, smtp, { limits, maxConnections: 1 })
    smtp.script = (step) => (step === at ? 'hang' : undefined)
    const stuck = provider.send(MAIL)
    const other = provider.send({ ...MAIL, to: 'bob@example.com' })
    await t.rejects(stuck, UNAVAILABLE, at)
    await t.rejects(other, UNAVAILABLE)
    smtp.script = undefined
    await provider.send(MAIL)
    await provider.close()
    while (smtp.sessions() > 0) await pause(20) // none is left behind
  }
})

t.test('signs in, and says what to correct when it may not', async (t) => {
  const smtp = await startSmtp(t, { account: { user: 'ann@example.com', pass: 'p@ss:wörd' } })
  await providerFor(t, smtp).send(MAIL)
  const wrong = providerFor(t, { url: smtp.url.replace('w%C3%B6rd', 'wrong') })
  const refused = { ...UNAVAILABLE, message: /refuses the sign-in, correct jex\.email-smtp\.url/ }
  await t.rejects(wrong.send(MAIL), refused)
  await t.rejects(wrong.health(), refused)
})

t.test('over TLS only, unless told otherwise, and only with a certificate to trust', async (t) => {
  const { certificate: ca } = await import('../../../test/harness/servers/smtp-server.js')
  for (const tls of ['starttls', 'implicit'] as const) {
    const smtp = await startSmtp(t, { tls })
    const url = smtp.url.replace('127.0.0.1', 'localhost')
    await providerFor(t, { url }, { ca, requireTls: true }).send(MAIL)
    t.equal(smtp.mails.length, 1, tls)
    await t.rejects(providerFor(t, { url }, { requireTls: true }).send(MAIL), UNAVAILABLE, 'nobody we trust')
    await t.rejects(providerFor(t, { url }, { requireTls: false }).send(MAIL), UNAVAILABLE, 'not even then')
    t.equal(smtp.mails.length, 1)
  }
  const plain = await startSmtp(t)
  await t.rejects(providerFor(t, plain, { requireTls: true }).send(MAIL), {
    ...UNAVAILABLE,
    message: /requireTls=false/,
  })
  t.equal(plain.mails.length, 0)
})

t.test('a hostile name or subject breaks out of nothing', async (t) => {
  const smtp = await startSmtp(t)
  const provider = providerFor(t, smtp)
  const seen: string[] = []
  smtp.script = (step, address) => {
    seen.push(`${step} ${address}`)
    return undefined
  }
  await provider.send({
    ...MAIL,
    from: '"Ann, Bob; <eve@evil.example>" <no-reply@example.com>',
    subject: 'Hi <eve@evil.example>, Bcc: eve@evil.example',
    text: '.\r\nRCPT TO:<eve@evil.example>\r\n.\r\nQUIT',
  })
  t.strictSame(seen.slice(1), ['mail no-reply@example.com', 'rcpt ann@example.com', 'data ann@example.com'])
  t.match(smtp.mails[0]?.text, /RCPT TO:<eve@evil\.example>/)
  t.match(smtp.mails[0]?.raw, /^Auto-Submitted: auto-generated\r$/m)
  await t.rejects(provider.send({ ...MAIL, from: 'ann@example.com, eve@evil.example' }), TypeError)
})

t.test('close waits for the mail under way', async (t) => {
  const smtp = await startSmtp(t)
  const provider = createSmtpEmail({ url: smtp.url, from: 'no-reply@example.com', requireTls: false })
  let reached = () => {}
  let release = () => {}
  const atData = new Promise<void>((resolve) => {
    reached = resolve
  })
  const gate = new Promise<void>((resolve) => {
    release = resolve
  })
  smtp.script = async (step) => {
    if (step !== 'data') return undefined
    reached()
    await gate
    return undefined
  }
  const sending = provider.send(MAIL)
  await atData
  const closing = provider.close()
  await t.rejects(provider.send(MAIL), UNAVAILABLE)
  release()
  await sending
  await closing
  t.equal(smtp.mails.length, 1)
})
