import { createWriteStream, existsSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { BootError } from '@json-express/core'

/** Throws `BootError` when a file of that name cannot be made, or is there and is not to be overwritten. */
export function assertFree(file: string, force: boolean): void {
  const folder = dirname(file)
  if (!isFolder(folder)) throw new BootError(`${file} cannot be written: there is no folder ${folder}. Make it first`)
  if (isFolder(file)) throw new BootError(`${file} is a folder: name a file in it`)
  if (!force && existsSync(file)) {
    throw new BootError(`${file} is there already. Name another file, or overwrite it with --force`)
  }
}

/**
 * Writes a file that only its owner can read. It has its name once it is whole: until then one of that name stays as it
 * is, and what a killed process leaves behind ends in `.part`.
 */
export async function writeNewFile(file: string, content: Readable): Promise<void> {
  const part = `${file}.part`
  rmSync(part, { force: true }) // left by a killed process; it would keep its mode
  const output = createWriteStream(part, { mode: 0o600, flags: 'wx', flush: true })
  const closed = new Promise<void>((resolve) => output.once('close', resolve))
  try {
    await pipeline(content, output)
    renameSync(part, file)
  } catch (error) {
    await closed // it may only now be made
    rmSync(part, { force: true })
    const { code, path } = error as NodeJS.ErrnoException
    if (code === undefined || path !== part) throw error
    throw new BootError(`${file} cannot be written (${code}): name another file, or mend its folder`, { cause: error })
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}
