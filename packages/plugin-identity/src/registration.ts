import { randomUUID } from 'node:crypto'
import type { Collections, Row } from '@json-express/core'
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
    if (await throttle.mayMail(address, 'already-registered'))
      await outbox?.add(app.collections, 'already-registered', { address })
  }

  /**
   * Throws what the fields alone are refused for. Whether there is an account must not decide which of two unique fields
   * the database complains about, so this makes the account under a name nobody has, and takes it back.
   */
  const refuseTaken = async (fields: Record<string, unknown>) => {
    const email = `${randomUUID()}@local`
    const attempt = async (collections: Collections) => {
      await collections.get('users').create({ ...fields, email, role: settings.defaultRole })
      throw new TakenBack()
    }
    await app.collections.transaction(attempt).catch((error: unknown) => {
      if ((error as { code?: string }).code === 'UNIQUE_VIOLATION') throw error
      if (!(error instanceof TakenBack)) app.log.debug({ err: error }, 'a made-up account was refused')
    })
  }

  return {
    async register({ email, password, fields }) {
      if (!settings.allowRegistration) throw new identityErrors.RegistrationDisabled()
      const address = canonicalEmail(email)
      if (!isMailbox(address)) throw new identityErrors.InvalidEmail()
      passwords.assertAcceptable(password, { email: address })
      await throttle.assertMayRegister(address)
      if (!settings.requireVerifiedEmail && (await users.findOne({ email: address })) !== null)
        throw new identityErrors.DuplicateEmail()
      try {
        // also for an address that has an account already: what is refused, and how long it takes, tells nothing
        const user = await users.create({ ...fields, email: address, password, role: settings.defaultRole })
        await throttle.countRegistration(address)
        return user
      } catch (error) {
        if ((error as { code?: string }).code !== 'DUPLICATE_EMAIL' || !settings.requireVerifiedEmail) throw error
        if (Object.keys(fields).length > 0) await refuseTaken(fields)
        await tellOwner(address)
        return null
      }
    },
  }
}

class TakenBack extends Error {}
