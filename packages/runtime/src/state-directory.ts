import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The runtime's own folder in an app, kept out of version control. Returns its path. */
export function ensureStateDirectory(appDir: string): string {
  const dir = join(appDir, '.jex')
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  try {
    writeFileSync(join(dir, '.gitignore'), '*\n', { flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  return dir
}
