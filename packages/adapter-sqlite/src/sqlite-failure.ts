import { UnavailableError } from '@json-express/core'
import Database from 'libsql'

/** Primary result codes of SQLite (https://sqlite.org/rescode.html). */
const CODE = {
  perm: 3,
  busy: 5,
  locked: 6,
  readonly: 8,
  interrupt: 9,
  ioerr: 10,
  corrupt: 11,
  full: 13,
  cantopen: 14,
  protocol: 15,
  notadb: 26,
}
const UNAVAILABLE = new Set(Object.values(CODE))
/** Extended result codes. 1811 is how SQLite reports a foreign key that a trigger of its own keeps. */
const UNIQUE = new Set([1555, 2067])
const FOREIGN_KEY = new Set([787, 1811])

/** Failures of the database as a whole become `UnavailableError`; all others stay as they are. */
export function translateFailure(error: unknown): unknown {
  if (!UNAVAILABLE.has(primaryCode(error))) return error
  return new UnavailableError(`The database does not work: ${(error as Error).message}`, { cause: error })
}

/** Whether another connection holds the lock, so that trying again makes sense. */
export function isBusy(error: unknown): boolean {
  const code = primaryCode(error instanceof UnavailableError ? error.cause : error)
  return code === CODE.busy || code === CODE.locked
}

export function isNotADatabase(error: unknown): boolean {
  const code = primaryCode(error instanceof UnavailableError ? error.cause : error)
  return code === CODE.notadb || code === CODE.corrupt
}

/** The columns of a violated unique constraint, `null` for other errors. */
export function violatedColumns(error: unknown): string[] | null {
  if (!UNIQUE.has(rawCode(error))) return null
  const [, columns = ''] = (error as Error).message.split('constraint failed: ')
  return columns.split(', ').map((column) => column.slice(column.lastIndexOf('.') + 1))
}

export function isReferenceViolation(error: unknown): boolean {
  return FOREIGN_KEY.has(rawCode(error))
}

function rawCode(error: unknown): number {
  return error instanceof Database.SqliteError ? (error.rawCode ?? 0) : 0
}

function primaryCode(error: unknown): number {
  return rawCode(error) & 0xff
}
