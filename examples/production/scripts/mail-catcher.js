import { once } from 'node:events'
import { simpleParser } from 'mailparser'
import { SMTPServer } from 'smtp-server'

/** An SMTP server that delivers nothing and shows every mail. Resolves to its port and how to close it. */
export async function catchMails(show) {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData(stream, _session, taken) {
      simpleParser(stream).then(({ to, subject, text }) => {
        show(`To: ${to.text}\nSubject: ${subject}\n\n${text}`)
        taken()
      }, taken)
    },
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return { port: server.server.address().port, close: () => new Promise((resolve) => server.close(resolve)) }
}
