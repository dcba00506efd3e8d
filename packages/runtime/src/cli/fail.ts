import { BootError } from '@json-express/core'

/** Says on stderr what is wrong and ends the process with 1. A stack trace is for bugs of ours, and only on request. */
export function fail(error: unknown): never {
  process.stderr.write(`\n${messageOf(error)}\n`)
  process.exit(1)
}

function messageOf(error: unknown): string {
  if (error instanceof BootError) {
    const lines = error.message.split('\n')
    if (lines.length === 1) return `json-express cannot start: ${error.message}`
    return `json-express cannot start, ${lines.length} things to mend:\n${lines.map((line) => `  - ${line}`).join('\n')}`
  }
  const message = error instanceof Error ? error.message : String(error)
  const trace = error instanceof Error && process.execArgv.includes('--enable-source-maps') ? `\n${error.stack}` : ''
  return `json-express stopped on an error it did not expect: ${message}${trace}\nFor a stack trace: node --enable-source-maps node_modules/.bin/json-express`
}
