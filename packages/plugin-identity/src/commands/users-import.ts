import { createReadStream } from 'node:fs'
import type { Command, CommandContext } from '@json-express/core'
import { type ImportReport, importUsers } from '../import-users.js'
import { lacksAdmin } from '../lacks-admin.js'
import { issuesTokens } from './issues-tokens.js'
import { logCommand } from './log-command.js'

/** Lines that are skipped are named up to here: an import that is run again skips all that it has made before. */
const NAMED = 20
const AGAIN = 'what is imported stays, and is skipped when the import is run again'

/** `users import`: users with the hashes of another system. Exits with 1 when a line was refused, or the file ended early. */
export const usersImport: Command = {
  name: 'users import',
  description: 'make users of a file of JSON Lines: { "email", "role", "passwordHash", "emailVerified", ... }',
  arguments: [{ name: '<file>', description: 'one JSON object a line; addresses that exist already are skipped' }],
  options: [{ flags: '--invite', description: 'mail a link to those without a passwordHash' }],
  async run({ app, arguments: { file = '' }, options: { invite }, print, note, signal }) {
    const report: ImportReport = { created: 0, skipped: 0, refused: 0 }
    const counts = () => `created ${report.created}, skipped ${report.skipped}, refused ${report.refused}`
    const record = () => logCommand(app, 'users.imported', { ...report })
    const cutShort = (how: string) => {
      note(`${how}: ${counts()}; ${AGAIN}`)
      record()
    }
    signal.addEventListener('abort', () => cutShort('interrupted'))
    try {
      await importUsers(app.collections, createReadStream(file), {
        ...{ invite: invite === true, report, onRefused: note, onSkipped: bounded(note) },
        onProgress: (lines) => note(`${lines} lines: ${counts()}`),
      })
    } catch (error) {
      if (signal.aborted) throw error // it goes on until the app is closed under it
      if (report.created + report.skipped + report.refused > 0) cutShort('stopped')
      if ((error as NodeJS.ErrnoException).syscall === undefined) throw error
      note(`${file} cannot be read: ${(error as Error).message}`)
      return 1
    }
    record()
    print(counts())
    if (issuesTokens(app) && (await lacksAdmin(app.collections)))
      note(
        'There is no enabled admin, and the first start makes none where there are users: json-express users reset-admin',
      )
    return report.refused === 0 ? 0 : 1
  },
}

function bounded(note: CommandContext['note']): (remark: string) => void {
  let count = 0
  return (remark) => {
    count++
    if (count <= NAMED) note(remark)
    if (count === NAMED + 1) note('more lines are skipped for the same reason, and only counted')
  }
}
