import { randomBytes } from 'node:crypto'
import type { Command } from '@json-express/core'
import type { FastifyInstance } from 'fastify'
import { framedCredentials } from '../credentials-frame.js'
import { canonicalEmail } from '../email-address.js'
import { identityOf } from '../identity.js'
import { issuesTokens } from './issues-tokens.js'
import { logCommand } from './log-command.js'

const SEEDED = 'admin@local'
const MINUTE = 60_000

/** `users reset-admin`: the way back in for who owns the machine. */
export const usersResetAdmin: Command = {
  name: 'users reset-admin',
  description: 'make an account an enabled admin with a new password, which is printed once',
  arguments: [{ name: '[email]', description: `the address; default: ${SEEDED}` }],
  options: [{ flags: '--create', description: `make the account where there is none; ${SEEDED} needs no such word` }],
  async run({ app, arguments: { email = SEEDED }, options: { create }, print, note }) {
    if (!issuesTokens(app)) {
      note('No password opens anything here: people sign in at the identity provider, which says who is an admin.')
      return 1
    }
    const address = canonicalEmail(email)
    const users = app.collections.get('users')
    const known = await users.findOne({ email: address })
    if (known === null && create !== true && address !== SEEDED) {
      note(`There is no user ${address}. To make an admin of that address, add --create`)
      return 1
    }
    const password = randomBytes(18).toString('base64url')
    const admin = { password, role: 'admin', disabled: false, emailVerified: true }
    // the hooks end every token, since the password changes
    const changed = known && (await users.update(known.id, admin))
    const { id } = changed ?? (await users.create({ ...admin, email: address }))
    logCommand(app, 'admin.reset', { userId: id })
    const what = changed === null ? 'This admin was made.' : 'This account has a new password, and is an admin.'
    print(framedCredentials(`${what} The password is shown once, here: keep it.`, address, password))
    if (changed !== null) note(lockRemark(app))
    return 0
  },
}

/** Locks are kept by account and network in the KV store, where they cannot be listed, or are out of reach altogether. */
function lockRemark(app: FastifyInstance): string {
  const minutes = Math.ceil(identityOf(app.settings).settings.lockout.duration / MINUTE)
  return `A network from which too many wrong passwords came stays locked (423) for up to ${minutes} min, whatever the password; others may sign in at once.`
}
