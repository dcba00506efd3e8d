import type { Finding } from '@json-express/core'
import { diagnoseApp } from '../doctor/index.js'

export interface DoctorOptions {
  json?: boolean
  strict?: boolean
}

/** Prints what the doctor finds. Resolves to the exit code: 1 when there is an error, or with `strict` a warning. */
export async function printDoctor(dir: string, { json, strict }: DoctorOptions): Promise<number> {
  const findings = await diagnoseApp(dir)
  const count = (level: Finding['level']) => findings.filter((finding) => finding.level === level).length
  const counts = { ok: count('ok'), warning: count('warning'), error: count('error') }
  process.stdout.write(json ? `${JSON.stringify({ findings, counts }, null, 2)}\n` : table(findings, counts))
  return counts.error > 0 || (strict && counts.warning > 0) ? 1 : 0
}

type Counts = Record<Finding['level'], number>

function table(findings: readonly Finding[], { ok, warning, error }: Counts): string {
  const width = Math.max(0, ...findings.map(({ subject }) => subject.length))
  const lines = findings.flatMap(({ level, subject, message, remedy }) => [
    `${level.padEnd(7)}  ${subject.padEnd(width)}  ${message}`,
    ...(remedy ? [`${' '.repeat(9 + width)}  -> ${remedy}`] : []),
  ])
  return `${lines.join('\n')}\n\n${ok} ok, ${warning} ${warning === 1 ? 'warning' : 'warnings'}, ${error} ${error === 1 ? 'error' : 'errors'}\n`
}
