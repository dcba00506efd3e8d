import type { Command } from '@json-express/core'
import { findUser, USER } from './find-user.js'
import { logCommand } from './log-command.js'

/** `users enable`: takes back `users disable`; the tokens from before stay dead. */
export const usersEnable: Command = {
  name: 'users enable',
  description: 'let a disabled user sign in again',
  arguments: [USER],
  async run({ app, arguments: { user }, note }) {
    const { id, email } = await findUser(app, user)
    await app.collections.get('users').update(id, { disabled: false })
    logCommand(app, 'user.enabled', { userId: id })
    note(`${email} is enabled.`)
  },
}
