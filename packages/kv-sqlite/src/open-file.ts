import { closeSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { BootError } from '@json-express/core'
import Database from 'libsql'

const BOOT_WAIT_MS = 5000

/** Makes the file with its folder, for this user only, since it holds sessions. Throws `BootError` when it cannot be used. */
export function createFile(file: string, log?: { warn(details: object, message: string): void }): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    closeSync(openSync(file, 'a', 0o600))
    openFile(file).close()
  } catch (cause) {
    const { message } = cause as Error
    throw new BootError(
      `jex.kv-sqlite.file: ${file} cannot be used (${message}): name a file that this user may write, on a local disk`,
      { cause },
    )
  }
  const mode = statSync(file).mode & 0o777
  // Windows has no such modes.
  if ((mode & 0o077) !== 0 && process.platform !== 'win32') {
    log?.warn(
      { file, mode: mode.toString(8) },
      'other users of this machine may open the file of sessions: chmod 600 it',
    )
  }
}

/** A connection that never sleeps: who finds the file locked tries again later. */
export function openFile(file: string): Database.Database {
  const database = new Database(file, { timeout: BOOT_WAIT_MS })
  const [mode] = database.prepare('PRAGMA journal_mode = WAL').raw().get([]) as [string]
  if (mode !== 'wal') throw new Error(`it takes no write-ahead log and stays in mode ${mode}`)
  // Every commit is on the disk: an ended session does not live again after a power cut.
  database.exec('PRAGMA synchronous = FULL')
  database.prepare('PRAGMA busy_timeout = 0').get([])
  return database
}
