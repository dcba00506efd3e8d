import { BootError, type Finding } from '@json-express/core'

const SETTING = /\bjex\.([a-z][\w-]*(?:\.[\w-]+)*)/i

/** An error finding for each problem of a `BootError`, one for any other error. */
export function problemFindings(error: unknown, subject: string): Finding[] {
  if (error instanceof BootError) return error.message.split('\n').map((line) => problemFinding(line, subject))
  const message = error instanceof Error ? error.message : String(error)
  return [{ subject, level: 'error', message, remedy: 'DEBUG=1 npx json-express shows where it comes from' }]
}

/** A problem as boot words it, what is wrong and then what to do. */
export function problemFinding(line: string, subject: string, level: Finding['level'] = 'error'): Finding {
  const [, key] = SETTING.exec(line) ?? []
  const [, message = line, remedy] =
    /^(.+?)\.? (?<=\. )([A-Z].+)$/.exec(line) ?? /^(.+ .+): ([a-z].+)$/.exec(line) ?? []
  return { subject: key ?? subject, level, message, remedy: remedy ?? 'Correct it, then ask the doctor again' }
}
