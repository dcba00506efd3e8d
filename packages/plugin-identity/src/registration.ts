import type { Row } from '@json-express/core'
import type { FastifyInstance } from 'fastify'
import { canonicalEmail, isMailbox } from './email-address.js'
import { identityErrors } from './errors.js'
import type { Identity } from './identity.js'
import type { Throttle } from './throttle.js'

export interface NewAccount {
  email: string
  password: string
  /** Fields of the app, already known to be open to strangers. */
  fields: Record<string, unknown>
}

/** Making an account without an admin. */
export interface Registration {
  /**
   * The new user. `null` in the verified-only mode for an address that has an account: its owner gets a mail instead, and
   * the work is the same. Throws `REGISTRATION_DISABLED`, `INVALID_EMAIL`, `WEAK_PASSWORD`, `DUPLICATE_EMAIL`.
   */
  register(account: NewAccount): Promise<Row | null>
}

export function createRegistration(
  app: FastifyInstance,
  { identity: { passwords, outbox, settings }, throttle }: { identity: Identity; throttle: Throttle },
): Registration {
  const users = app.collections.get('users')

  const tellOwner = async (address: string) => {
    if (await throttle.mayMail(address)) await outbox?.add(app.collections, 'already-registered', { address })
  }

  return {
    async register({ email, password, fields }) {
      if (!settings.allowRegistration) throw new identityErrors.RegistrationDisabled()
      const address = canonicalEmail(email)
      if (!isMailbox(address)) throw new identityErrors.InvalidEmail()
      passwords.assertAcceptable(password, { email: address })
      const known = await users.findOne({ email: address })
      if (known !== null) {
        if (!settings.requireVerifiedEmail) throw new identityErrors.DuplicateEmail()
        await passwords.verify(null, password) // what making the account would have cost
        await tellOwner(address)
        return null
      }
      try {
        return await users.create({ ...fields, email: address, password, role: settings.defaultRole })
      } catch (error) {
        // of two at once the database takes one
        if ((error as { code?: string }).code !== 'DUPLICATE_EMAIL' || !settings.requireVerifiedEmail) throw error
        await tellOwner(address)
        return null
      }
    },
  }
}
