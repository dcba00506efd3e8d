import { createReadStream } from 'node:fs'
import type { Command } from '@json-express/core'
import { importUsers } from '../import-users.js'
import { logCommand } from './log-command.js'

/** `users import`: users with the hashes of another system. Exits with 1 when a line was refused. */
export const usersImport: Command = {
  name: 'users import',
  description: 'make users of a file of JSON Lines: { "email", "role", "passwordHash", "emailVerified", ... }',
  arguments: [{ name: '<file>', description: 'one JSON object a line; addresses that exist already are skipped' }],
  options: [{ flags: '--invite', description: 'mail a link to those without a passwordHash' }],
  async run({ app, arguments: { file = '' }, options: { invite }, print, note }) {
    try {
      const report = await importUsers(app.collections, createReadStream(file), {
        invite: invite === true,
        onRefused: note,
        onProgress: (lines, { created, skipped, refused }) =>
          note(`${lines} lines: created ${created}, skipped ${skipped}, refused ${refused}`),
      })
      logCommand(app, 'users.imported', { ...report })
      print(`created ${report.created}, skipped ${report.skipped}, refused ${report.refused}`)
      return report.refused === 0 ? 0 : 1
    } catch (error) {
      if ((error as NodeJS.ErrnoException).path === undefined) throw error
      note((error as Error).message) // the file cannot be read
      return 1
    }
  },
}
