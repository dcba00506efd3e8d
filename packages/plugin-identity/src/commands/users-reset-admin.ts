import { randomBytes } from 'node:crypto'
import type { Command } from '@json-express/core'
import { framedCredentials } from '../credentials-frame.js'
import { canonicalEmail } from '../email-address.js'
import { logCommand } from './log-command.js'

const SEEDED = 'admin@local'

/** `users reset-admin`: the way back in for who owns the machine. */
export const usersResetAdmin: Command = {
  name: 'users reset-admin',
  description: 'make an account an enabled admin with a new password, which is printed once',
  arguments: [{ name: '[email]', description: `the address; default: ${SEEDED}` }],
  async run({ app, arguments: { email = SEEDED }, print }) {
    const address = canonicalEmail(email)
    const password = randomBytes(18).toString('base64url')
    const users = app.collections.get('users')
    const admin = { password, role: 'admin', disabled: false, emailVerified: true }
    const known = await users.findOne({ email: address })
    // the hooks end every token, since the password changes
    const { id } =
      (known && (await users.update(known.id, admin))) ?? (await users.create({ ...admin, email: address }))
    logCommand(app, 'admin.reset', { userId: id })
    print(framedCredentials('The new password of this admin is shown once, here: keep it.', address, password))
  },
}
