import { type Collections, type Line, readLines } from '@json-express/core'
import { readImportRow } from './import-row.js'

/** Users a transaction: the cost of one is shared, and a server beside waits no longer than for one large write. */
const BATCH = 100
const PROGRESS = 1000
const MAX_LINE_BYTES = 64 * 1024

export interface ImportReport {
  created: number
  /** Their address has an account already: that is what lets an import that was cut short run again. */
  skipped: number
  refused: number
}

export interface ImportOptions {
  /** Whether those without a password are mailed an invitation. Nothing else is mailed. */
  invite: boolean
  /** Counted in as it goes, so that it is known when something ends the import. */
  report: ImportReport
  /** Called with `line 17: why` for a line that is refused or skipped. */
  onRefused(remark: string): void
  onSkipped(remark: string): void
  /** Called every thousand lines. */
  onProgress(lines: number): void
}

interface Candidate {
  line: number
  email: string
  data: Record<string, unknown>
}

/**
 * Makes users of JSON Lines: one object a line, each created as by an admin, with its hash instead of a password. A bad
 * line is reported and the others are imported; errors that are not about a line end the import, which can be run again.
 */
export async function importUsers(
  collections: Collections,
  file: AsyncIterable<Buffer>,
  { invite, report, onRefused, onSkipped, onProgress }: ImportOptions,
): Promise<void> {
  const refuse = (line: number, why: string) => {
    report.refused++
    onRefused(`line ${line}: ${why}`)
  }
  const skip = ({ line }: Candidate) => {
    report.skipped++
    onSkipped(`line ${line}: has an account already`)
  }

  const store = async (rows: readonly Candidate[]) => {
    await collections.transaction(async (inside) => {
      const users = inside.get('users')
      const ids = []
      for (const { data } of rows) ids.push((await users.create({ ...data })).id)
      await dropMails(inside, ids, invite)
    })
    report.created += rows.length
  }

  const storeOne = async (row: Candidate) => {
    try {
      await store([row])
    } catch (error) {
      const { code, statusCode = 500, message } = error as Error & { code?: string; statusCode?: number }
      if (code === 'DUPLICATE_EMAIL') skip(row)
      else if (statusCode < 500) refuse(row.line, message)
      else throw new Error(`line ${row.line}: ${message}`, { cause: error })
    }
  }

  const storeAll = async (rows: readonly Candidate[]) => {
    const emails = rows.map(({ email }) => email)
    const known = new Set((await collections.get('users').find({ where: { email: emails } })).map(({ email }) => email))
    for (const row of rows) if (known.has(row.email)) skip(row)
    const missing = rows.filter(({ email }) => !known.has(email))
    if (missing.length === 0) return
    const unique = [...new Map(missing.toReversed().map((row) => [row.email, row])).values()].toReversed()
    try {
      await store(unique)
    } catch {
      for (const row of missing) await storeOne(row) // whichever it was says so now
      return
    }
    for (const row of missing) if (!unique.includes(row)) skip(row)
  }

  let batch: Candidate[] = []
  const take = ({ number, text }: Line) => {
    if (text?.trim() === '') return
    const row = text === null ? { refused: 'longer than 64 KiB, or not UTF-8' } : readImportRow(text)
    if ('refused' in row) refuse(number, row.refused)
    else batch.push({ line: number, ...row })
  }
  for await (const line of readLines(file, MAX_LINE_BYTES)) {
    take(line)
    if (batch.length === BATCH) {
      await storeAll(batch)
      batch = []
    }
    if (line.number % PROGRESS === 0) onProgress(line.number)
  }
  await storeAll(batch)
}

/** Takes back what creating these users has put into the outbox, inside the same transaction. */
async function dropMails(collections: Collections, userIds: readonly unknown[], invite: boolean): Promise<void> {
  const mails = collections.get('auth_mails')
  for (const { id, kind } of await mails.find({ where: { userId: userIds as string[] } })) {
    if (!invite || kind !== 'invite') await mails.delete(id)
  }
}
