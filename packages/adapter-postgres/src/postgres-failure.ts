import { UnavailableError } from '@json-express/core'
import pg from 'pg'

// Error codes of PostgreSQL (https://www.postgresql.org/docs/current/errcodes-appendix.html). Messages are in the
// server's language, so nothing here reads them.

const CONFLICT = new Set(['40001', '40P01'])
const UNIQUE = '23505'
/** The second from PostgreSQL 18 on, for `ON DELETE RESTRICT`. */
const FOREIGN_KEY = new Set(['23503', '23001'])
const CHECK = '23514'
const NOT_NULL = '23502'
const EXCLUSION = '23P01'
const INDEX_ROW_TOO_LONG = '54000'
/** Not allowed in, or no such database any more: it was, when the app started. */
const CLOSED_TO_US = ['28', '3D000']
/** Connection, resources, operator, system, damaged data. */
const OUT_OF_ORDER = ['08', '53', '57P', '58', 'XX001', 'XX002']
/** Took too long: a statement, a lock, a transaction. */
const STATEMENT_TOO_LONG = ['57014', '55P03']
const TRANSACTION_TOO_LONG = ['25P03', '25P04']
const READ_ONLY = ['25006']
const UNAVAILABLE = [
  ...[...CONFLICT, ...CLOSED_TO_US, ...OUT_OF_ORDER],
  ...[...STATEMENT_TOO_LONG, ...TRANSACTION_TOO_LONG, ...READ_ONLY],
]

/** Failures of the database or of the way to it become `UnavailableError`; all others stay as they are. */
export function translateFailure(error: unknown): unknown {
  // Whatever the server has not said itself is about the connection: refused, lost, no answer in time.
  const fromServer = error instanceof pg.DatabaseError
  if (fromServer && !startsWithAny(error.code, UNAVAILABLE)) return error
  const message = error instanceof Error ? error.message || error.name : String(error)
  return new UnavailableError(`The database does not work: ${message}`, { cause: error })
}

/** Whether the connection it came from is of no use, or not known to be of use, any more. */
export function breaksConnection(error: unknown): boolean {
  const cause = serverError(error)
  if (cause === undefined) return error instanceof UnavailableError
  return startsWithAny(cause.code, [...OUT_OF_ORDER, ...TRANSACTION_TOO_LONG, ...READ_ONLY])
}

/** Whether the server has undone a statement or a transaction for the sake of another one, so that it can run again. */
export function isConflict(error: unknown): boolean {
  return error instanceof UndoneCommit || CONFLICT.has(codeOf(error))
}

/** A transaction whose COMMIT was lost did not happen, the server says. */
export class UndoneCommit extends UnavailableError {}

/** Whether a lock was not to be had in time. */
export function isLockTimeout(error: unknown): boolean {
  return codeOf(error) === '55P03'
}

export function isForbidden(error: unknown): boolean {
  return codeOf(error) === '42501'
}

/** A constraint that a write has met. */
export interface Violation {
  kind: 'unique' | 'reference' | 'length' | 'rule'
  /** The table of the constraint, which for a reference is the one that refers. */
  table: string
  constraint: string
  /** Where it is about one column by itself. */
  column?: string | undefined
}

/** The violated constraint, `null` for other errors. */
export function violationOf(error: unknown): Violation | null {
  const { code = '', table = '', constraint = '', column } = serverError(error) ?? {}
  if (code === UNIQUE || code === EXCLUSION) return { kind: 'unique', table, constraint }
  if (FOREIGN_KEY.has(code)) return { kind: 'reference', table, constraint }
  if (code === CHECK || code === NOT_NULL) return { kind: 'rule', table, constraint, column }
  if (code === INDEX_ROW_TOO_LONG && constraint !== '') return { kind: 'length', table, constraint }
  return null
}

/** The code of an error of the server, also of one that was translated; empty for others. */
export function codeOf(error: unknown): string {
  return serverError(error)?.code ?? ''
}

function serverError(error: unknown): pg.DatabaseError | undefined {
  const cause = error instanceof UnavailableError ? error.cause : error
  return cause instanceof pg.DatabaseError ? cause : undefined
}

function startsWithAny(code: string | undefined, starts: readonly string[]): boolean {
  return starts.some((start) => code?.startsWith(start))
}
