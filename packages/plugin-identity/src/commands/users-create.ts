import type { Command } from '@json-express/core'
import { logCommand } from './log-command.js'

/** `users create`: what an admin does with POST /users. */
export const usersCreate: Command = {
  name: 'users create',
  description: 'make a user, who is mailed a link to set a password, and print the id',
  arguments: [{ name: '<email>', description: 'the address' }],
  options: [{ flags: '--role <role>', description: 'the role; default: user' }],
  async run({ app, arguments: { email }, options: { role }, print, note }) {
    const user = await app.collections.get('users').create({ email, ...(role !== undefined && { role }) })
    logCommand(app, 'user.created', { userId: user.id, role: user.role })
    print(String(user.id))
    note(
      app.hasDecorator('email')
        ? 'The invitation is mailed by the running server, or by the next one that starts.'
        : 'No invitation: to mail them, npm install @json-express/email-console or email-smtp.',
    )
  },
}
