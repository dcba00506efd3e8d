import { closeSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { BootError, UnavailableError } from '@json-express/core'
import Database from 'libsql'
import { type Connection, connect } from './connection.js'
import { isBusy, isNotADatabase } from './sqlite-failure.js'

export interface OpenDatabase {
  writer: Connection
  /** Sees the committed state only. The same connection as `writer` for a database in memory, which has no other. */
  reader: Connection
  /** Throws `UnavailableError` when the file that was opened is no longer there. */
  checkFile(): void
}

interface Log {
  warn(details: object, message: string): void
}

/** Readers meet a lock only for moments, after a crash of another process: so long they may block this one. */
const READ_WAIT_MS = 1000
const OPEN_WAIT_MS = 5000

export const IN_MEMORY = ':memory:'

/** Opens the file, creating it and its folder. Throws `BootError` naming the setting, the file and the remedy. */
export function openDatabase(file: string, log?: Log): OpenDatabase {
  if (file === IN_MEMORY) {
    const only = connect(() => new Database(IN_MEMORY))
    only.exec('PRAGMA foreign_keys = ON')
    return { writer: only, reader: only, checkFile: () => {} }
  }
  try {
    createFile(file, log)
    // The writer never sleeps in SQLite, which would stop the whole process: who writes tries again later.
    const writer = connect(() => openFile(file, 0))
    const reader = connect(() => openFile(file, READ_WAIT_MS))
    return { writer, reader, checkFile: fileCheck(file) }
  } catch (cause) {
    throw new BootError(`jex.adapter-sqlite.file: ${explain(file, cause)}`, { cause })
  }
}

/** The rows are personal data: the file and its journals, which take over its mode, are for this user only. */
function createFile(file: string, log?: Log): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  closeSync(openSync(file, 'a', 0o600))
  const mode = statSync(file).mode & 0o777
  // Windows has no such modes.
  if ((mode & 0o077) !== 0 && process.platform !== 'win32') {
    log?.warn({ file, mode: mode.toString(8) }, 'other users of this machine may open the database file: chmod 600 it')
  }
}

function openFile(file: string, waitMs: number): Database.Database {
  const database = new Database(file, { timeout: OPEN_WAIT_MS })
  const [mode] = database.prepare('PRAGMA journal_mode = WAL').raw().get([]) as [string]
  if (mode !== 'wal') throw new NoWal(`it stays in mode ${mode}`)
  database.exec('PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON')
  database.prepare(`PRAGMA busy_timeout = ${waitMs}`).get([])
  return database
}

function fileCheck(file: string): () => void {
  const { ino, dev } = statSync(file)
  return () => {
    const now = statSync(file, { throwIfNoEntry: false })
    if (now?.ino === ino && now.dev === dev) return
    throw new UnavailableError(
      `The database file ${file} was removed or replaced while in use, restart to open it anew`,
    )
  }
}

class NoWal extends Error {}

function explain(file: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EISDIR') return `${file} is a folder, name a file in it`
  if (code === 'ENOTDIR' || code === 'EEXIST')
    return `${file} lies below something that is not a folder, name another file`
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return `${file} cannot be written by this user, change its owner or mode or name another file`
  if (isNotADatabase(error)) return `${file} is not a SQLite database or is damaged, move it away or name another file`
  if (isBusy(error)) return `${file} is kept locked by another process, end that one or name another file`
  if (error instanceof NoWal) return `${file} cannot use a write-ahead log (${error.message}), put it on a local disk`
  return `${file} cannot be opened (${error instanceof Error ? error.message : String(error)}), name a file that this user may write`
}
