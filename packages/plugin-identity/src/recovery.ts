import type { Row, UserState } from '@json-express/core'
import type { FastifyInstance } from 'fastify'
import type { Client } from './client.js'
import { canonicalEmail } from './email-address.js'
import { identityErrors } from './errors.js'
import type { Identity } from './identity.js'
import type { Links } from './links.js'
import type { Throttle } from './throttle.js'

/** The way back into an account, and the first way into one that an admin made. */
export interface Recovery {
  /** Asks for a reset mail. The same work whether or not there is such an account. Throws `INVALID_EMAIL`. */
  request(email: string): Promise<void>
  /** Throws `INVALID_LINK` or `WEAK_PASSWORD`. Of concurrent calls with one token exactly one succeeds. */
  reset(token: string, newPassword: string, client: Client): Promise<Row>
}

export interface RecoveryOptions {
  identity: Identity
  links: Links
  throttle: Throttle
}

export function createRecovery(app: FastifyInstance, { identity, links, throttle }: RecoveryOptions): Recovery {
  const { passwords, outbox } = identity
  const users = app.collections.get('users')

  return {
    async request(email) {
      const address = canonicalEmail(email)
      if (await throttle.mayMail(address, 'forgot')) await outbox?.add(app.collections, 'forgot', { address })
    },

    async reset(token, newPassword, { network }) {
      const link = await links.find(token, ['password'])
      const user = link && (await users.get(link.userId))
      if (link === null || user === null || user.tokenVersion !== link.tokenVersion || user.disabled === true) {
        throw new identityErrors.InvalidLink()
      }
      passwords.assertAcceptable(newPassword, { email: String(user.email) })
      const { tokenVersion } = user as unknown as UserState
      // The one write that also ends every token and link: it happens only while the row is as it was read, so the
      // database decides between concurrent calls. The hash is made before it, so a full queue (503) burns no link.
      const changed = await users.update(
        user.id,
        { password: newPassword, emailVerified: true, tokenVersion: tokenVersion + 1 },
        { ifMatch: { tokenVersion, disabled: false } },
      )
      if (changed === null) throw new identityErrors.InvalidLink()
      // by its tokenVersion the link is dead already: what the store fails at now changes nothing
      await Promise.all([links.consume(token), throttle.forgive({ account: String(user.email), network })]).catch(
        (err: unknown) => app.log.warn({ err }, 'a used link could not be removed'),
      )
      return changed
    },
  }
}
