import type { Command } from '@json-express/core'
import { findUser, USER } from './find-user.js'
import { logCommand } from './log-command.js'

/** `users revoke`: every token, session and link of the user is dead, as by POST /users/:id/revoke. */
export const usersRevoke: Command = {
  name: 'users revoke',
  description: 'sign a user out everywhere',
  arguments: [USER],
  async run({ app, arguments: { user }, note }) {
    for (;;) {
      const { id, email, tokenVersion } = await findUser(app, user)
      const current = Number(tokenVersion)
      const revoked = await app.collections
        .get('users')
        .update(id, { tokenVersion: current + 1 }, { ifMatch: { tokenVersion: current } })
      if (revoked === null) continue // somebody else has changed the user meanwhile
      logCommand(app, 'user.revoked', { userId: id })
      note(`${email} is signed out everywhere.`)
      return
    }
  },
}
