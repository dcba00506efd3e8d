import type { Finding } from '@json-express/core'
import type { Test } from 'tap'
import { runCommand } from '../commands/run-command.js'

/** What the doctor finds about the folder, beside the version of Node.js that the tests happen to run on. */
export async function doctor(t: Test, dir: string, ...args: string[]) {
  const { code, stdout, stderr } = await runCommand(t, dir, 'doctor', '--json', ...args)
  t.equal(stderr, '', 'the log stays out of it')
  const { findings, counts } = JSON.parse(stdout) as { findings: Finding[]; counts: Record<Finding['level'], number> }
  for (const level of ['ok', 'warning', 'error'] as const) {
    t.equal(counts[level], findings.filter((finding) => finding.level === level).length, `counts ${level}`)
  }
  for (const { level, subject, remedy } of findings) t.equal(remedy === undefined, level === 'ok', subject)
  const about = (subject: string) => findings.filter((finding) => finding.subject === subject)
  return { code, findings: findings.filter(({ subject }) => subject !== 'node'), about }
}
