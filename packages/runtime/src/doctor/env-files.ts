import { execFile } from 'node:child_process'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { Finding } from '@json-express/core'
import { pathOf } from '../settings/keys.js'
import type { Examined } from './examined.js'

const READABLE_BY_ALL = 0o004
const TIMEOUT_MS = 3000

/** Whether files that hold secrets are open to other users of the machine, or about to be committed. */
export async function envFiles({
  dir,
  sources,
  settings,
}: Pick<Examined, 'dir' | 'sources' | 'settings'>): Promise<Finding[]> {
  if (sources === null || settings === null) return []
  const secret = new Set(settings.entries().flatMap(({ key, secret }) => (secret ? [pathOf(`jex.${key}`)] : [])))
  const files = new Set(
    sources.values
      .filter(({ path, source }) => source.startsWith('.env') && secret.has(pathOf(path)))
      .map(({ source }) => source),
  )
  const findings = await Promise.all([...files].map((file) => envFile(dir, file)))
  return findings.flat()
}

async function envFile(dir: string, file: string): Promise<Finding[]> {
  const findings: Finding[] = []
  const warn = (message: string, remedy: string) =>
    void findings.push({ subject: file, level: 'warning', message, remedy })
  // Windows has no such modes
  if (process.platform !== 'win32' && (statSync(join(dir, file)).mode & READABLE_BY_ALL) !== 0) {
    warn('holds secrets, and every user of this machine may read it', `chmod 600 ${file}`)
  }
  if ((await isIgnored(dir, file)) === false) {
    warn(
      'holds secrets, and git does not ignore it',
      `Add ${file} to .gitignore; if it has been committed, take it out with git rm --cached ${file} and change the secrets`,
    )
  }
  return findings.length > 0 ? findings : [{ subject: file, level: 'ok', message: 'holds secrets, and is kept apart' }]
}

/** What git says, `null` where there is no git or no repository. Files that are tracked are not ignored. */
function isIgnored(dir: string, file: string): Promise<boolean | null> {
  return new Promise((resolve) => {
    execFile('git', ['check-ignore', '--quiet', '--', file], { cwd: dir, timeout: TIMEOUT_MS }, (error) => {
      resolve(error === null ? true : error.code === 1 ? false : null)
    })
  })
}
