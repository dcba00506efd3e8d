import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const ELSEWHERE = ['EROFS', 'EACCES', 'EPERM']

/**
 * The runtime's own folder in an app, kept out of version control. Returns its path. Where nothing may be written it is
 * not made: an app that keeps its data elsewhere does without, and whoever needs the folder says so.
 */
export function ensureStateDirectory(appDir: string): string {
  const dir = join(appDir, '.jex')
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 })
    writeFileSync(join(dir, '.gitignore'), '*\n', { flag: 'wx' })
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (code !== 'EEXIST' && !ELSEWHERE.includes(code)) throw error
  }
  return dir
}
