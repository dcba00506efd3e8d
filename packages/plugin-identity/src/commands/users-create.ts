import type { Command, Row } from '@json-express/core'
import type { FastifyInstance } from 'fastify'
import { isMailbox } from '../email-address.js'
import { roleProblem } from '../role.js'
import { issuesTokens } from './issues-tokens.js'
import { logCommand } from './log-command.js'

/** `users create`: what an admin does with POST /users. */
export const usersCreate: Command = {
  name: 'users create',
  description: 'make a user, who is mailed a link to set a password, and print the id',
  arguments: [{ name: '<email>', description: 'the address' }],
  options: [{ flags: '--role <role>', description: 'the role; default: user' }],
  async run({ app, arguments: { email }, options: { role }, print, note }) {
    const problem = role === undefined ? null : roleProblem(role)
    if (problem !== null) {
      note(`users create: ${problem}`)
      return 1
    }
    const user = await app.collections.get('users').create({ email, ...(role !== undefined && { role }) })
    logCommand(app, 'user.created', { userId: user.id, role: user.role })
    print(String(user.id))
    note(whatNow(app, user))
    return 0
  },
}

/** How this user comes in. */
function whatNow(app: FastifyInstance, { email }: Row): string {
  if (!issuesTokens(app)) return 'No invitation: whoever signs in does so at the identity provider.'
  if (!isMailbox(String(email)))
    return `No invitation: no mail is sent to @local. json-express users reset-admin ${email} gives it a password, and makes it an admin.`
  if (!app.hasDecorator('email'))
    return 'No invitation: to mail them, npm install @json-express/email-console or email-smtp.'
  return 'The invitation is mailed by the running server, or by the next one that starts.'
}
