import { BootError, UnavailableError } from '@json-express/core'

export interface FailOptions {
  /** Whether an error nobody foresaw is shown with its stack trace. */
  stack: boolean
  /** The command of a package that failed: `users create`. */
  command?: string
}

/** Says on stderr what is wrong and ends the process with 1. A stack trace is for errors nobody foresaw, and on request. */
export function fail(error: unknown, options: FailOptions): never {
  process.stderr.write(`\n${messageOf(error, options)}\n`)
  process.exit(1)
}

function messageOf(error: unknown, { stack, command }: FailOptions): string {
  if (error instanceof BootError) {
    const lines = error.message.split('\n')
    if (lines.length === 1) return `json-express cannot start: ${error.message}`
    return `json-express cannot start, ${lines.length} things to mend:\n${lines.map((line) => `  - ${line}`).join('\n')}`
  }
  const message = error instanceof Error ? error.message : String(error)
  if (command !== undefined && isForeseen(error)) return `${command}: ${message}`
  const more = stack && error instanceof Error ? stackOf(error) : 'For a stack trace set DEBUG=1 in the environment.'
  return `json-express stopped on an error it did not expect: ${message}\n${more}`
}

/** The stack trace with that of the error behind it, which is where the fault is. */
function stackOf({ stack, cause }: Error): string {
  return cause instanceof Error ? `${stack}\nCaused by: ${stackOf(cause)}` : String(stack)
}

/** What a client of the server would be told as it is, or a dependency that does not answer. */
function isForeseen(error: unknown): boolean {
  if (error instanceof UnavailableError) return true
  const { code, statusCode = 0 } = Object(error) as { code?: unknown; statusCode?: number }
  return typeof code === 'string' && ((statusCode >= 400 && statusCode < 500) || statusCode === 503)
}
