import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** It is there already, or cannot be made. */
const TOLERATED = ['EEXIST', 'EROFS', 'EACCES', 'EPERM', 'ENOENT', 'ENOTDIR']

/**
 * The runtime's own folder in an app, kept out of version control. Returns its path. Where nothing may be written it is
 * not made: an app that keeps its data elsewhere does without, and whoever needs the folder says so.
 */
export function ensureStateDirectory(appDir: string): string {
  const dir = join(appDir, '.jex')
  whereWritable(() => mkdirSync(dir, { mode: 0o700 })) // not recursive: on a read-only file system that says ENOENT
  whereWritable(() => writeFileSync(join(dir, '.gitignore'), '*\n', { flag: 'wx' }))
  return dir
}

function whereWritable(write: () => void): void {
  try {
    write()
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (!TOLERATED.includes(code)) throw error
  }
}
