import { emailRules, type ReceivedEmail } from '@json-express/testing'
import t from 'tap'
import { createConsoleEmail } from '../src/console-email.js'

const subject = {
  omits: ['html', 'messageId'] as const,
  async open() {
    const printed: string[] = []
    const provider = createConsoleEmail({ write: (text) => void printed.push(text) })
    return { provider, received: async () => printed.map(read) }
  },
}

for (const rule of emailRules) t.test(rule.name, () => rule.run(subject))

t.test('prints one mail in one piece', async (t) => {
  const printed: string[] = []
  const provider = createConsoleEmail({ write: (text) => void printed.push(text) })
  await provider.send({ to: 'ann@example.com', subject: 'One', text: 'a\nb' })
  t.equal(printed.length, 1)
  t.match(printed[0], /\n$/)
})

t.test('fails when the terminal does', async (t) => {
  const provider = createConsoleEmail({ write: () => Promise.reject(new Error('EPIPE')) })
  await t.rejects(provider.send({ to: 'ann@example.com', subject: 'One', text: 'a' }), /EPIPE/)
})

t.test('writes to the standard output by default', async (t) => {
  const { write } = process.stdout
  const printed: unknown[] = []
  t.teardown(() => {
    process.stdout.write = write
  })
  process.stdout.write = ((text: unknown, done: () => void) => {
    printed.push(text)
    done()
    return true
  }) as typeof write
  const sent = createConsoleEmail().send({ to: 'ann@example.com', subject: 'Out', text: 'a' })
  process.stdout.write = write
  await sent
  t.equal(printed.length, 1)
  t.match(printed[0], /subject: Out/)
})

/** Reads a printed mail back. */
function read(printed: string): ReceivedEmail {
  const [, , from = '', to = '', title = '', , ...rest] = printed.split('\n')
  const end = rest.findIndex((line) => /^[├└]─/.test(line))
  return { from: value(from), to: [value(to)], subject: value(title), text: rest.slice(0, end).join('\n') }
}

function value(line: string): string {
  return line.replace(/^\w+: +/, '')
}
