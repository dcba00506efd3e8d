import type { Command } from '@json-express/core'
import { findUser, USER } from './find-user.js'
import { logCommand } from './log-command.js'

/** `users disable`: nobody signs in, and every token is dead. Throws `LAST_ADMIN`. */
export const usersDisable: Command = {
  name: 'users disable',
  description: 'lock a user out, at once and until enabled again',
  arguments: [USER],
  async run({ app, arguments: { user }, note }) {
    const { id, email } = await findUser(app, user)
    await app.collections.get('users').update(id, { disabled: true })
    logCommand(app, 'user.disabled', { userId: id })
    note(`${email} is disabled; every token of this user is dead.`)
  },
}
