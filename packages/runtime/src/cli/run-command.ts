import type { Command } from '@json-express/core'
import type { FastifyInstance } from 'fastify'
import { createApp } from '../app.js'
import type { CommandInput } from './package-commands.js'

/** As shells count them: 128 and the number of the signal. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGPIPE: 141 } as const
const DEADLINE_MS = 10_000
/** npm and npx pass Ctrl-C on to a child that the terminal has told already: that is one key press, not two. */
const ECHO_MS = 500

/**
 * Runs a command of a package on the app of a folder: boots it without listening, closes it at the end, however that
 * came. Resolves to the exit code, 130 after Ctrl-C. Its answer has stdout to itself, the log goes to stderr.
 */
export async function runCommand(dir: string, command: Command, input: CommandInput): Promise<number> {
  let interrupt = (code: number): void => process.exit(code) // until there is something to close
  process.on('SIGINT', () => interrupt(EXIT_CODES.SIGINT))
  process.on('SIGTERM', () => interrupt(EXIT_CODES.SIGTERM))
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    interrupt(EXIT_CODES.SIGPIPE) // whoever read the answer has read enough
  })
  const app = await createApp({ dir, purpose: 'command', log: process.stderr })
  const interruption = new AbortController()
  const interrupted = new Promise<number>((resolve) => {
    let since: number | null = null
    interrupt = (code) => {
      if (since !== null && performance.now() - since > ECHO_MS) process.exit(code)
      since ??= performance.now()
      interruption.abort()
      resolve(code)
    }
  })
  try {
    const streams = { print: lineTo(process.stdout), note: lineTo(process.stderr) }
    const ended = command.run({ ...input, ...streams, app, signal: interruption.signal })
    return (await Promise.race([ended, interrupted])) ?? 0
  } finally {
    await close(app)
  }
}

function lineTo(stream: NodeJS.WritableStream): (text: string) => void {
  return (text) => void stream.write(`${text}\n`)
}

async function close(app: FastifyInstance): Promise<void> {
  const deadline = setTimeout(() => {
    app.log.warn(`something did not close within ${DEADLINE_MS / 1000} s`)
    process.exit(1)
  }, DEADLINE_MS)
  await app.close()
  clearTimeout(deadline)
}
