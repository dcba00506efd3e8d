import { BootError } from '@json-express/core'

/** Says on stderr what is wrong and ends the process with 1. A stack trace is for errors nobody foresaw, and on request. */
export function fail(error: unknown, { stack }: { stack: boolean }): never {
  process.stderr.write(`\n${messageOf(error, stack)}\n`)
  process.exit(1)
}

function messageOf(error: unknown, stack: boolean): string {
  if (error instanceof BootError) {
    const lines = error.message.split('\n')
    if (lines.length === 1) return `json-express cannot start: ${error.message}`
    return `json-express cannot start, ${lines.length} things to mend:\n${lines.map((line) => `  - ${line}`).join('\n')}`
  }
  const message = error instanceof Error ? error.message : String(error)
  const more = stack && error instanceof Error ? error.stack : 'For a stack trace set DEBUG=1 in the environment.'
  return `json-express stopped on an error it did not expect: ${message}\n${more}`
}
