import { assertEmailMessage, type IEmailProvider, UnavailableError } from '@json-express/core'
import { formatEmail } from './format-email.js'

export interface ConsoleEmailOptions {
  /** Takes one whole mail as text. Default: the standard output of the process. */
  write?: (text: string) => void | Promise<void>
  /** The sender where a mail names none. Default `JSONExpress <no-reply@localhost>`. */
  from?: string
}

/** Makes an e-mail provider that prints each mail, readable, with every link alone on a line. Sends nothing. */
export function createConsoleEmail({
  write = writeToStdout,
  from = 'JSONExpress <no-reply@localhost>',
}: ConsoleEmailOptions = {}): IEmailProvider {
  let closed = false

  return {
    async send(message) {
      assertOpen()
      assertEmailMessage(message)
      await write(formatEmail({ ...message, from: message.from ?? from }))
    },

    async health() {
      assertOpen()
    },

    async close() {
      closed = true
    },
  } satisfies IEmailProvider

  function assertOpen(): void {
    if (closed) throw new UnavailableError('email: the provider is closed')
  }
}

function writeToStdout(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()))
  })
}
