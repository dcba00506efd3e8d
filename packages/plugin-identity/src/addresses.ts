import type { Row, UserState } from '@json-express/core'
import type { FastifyInstance } from 'fastify'
import type { Accounts } from './accounts.js'
import type { Client } from './client.js'
import { canonicalEmail, isMailbox } from './email-address.js'
import { identityErrors } from './errors.js'
import type { Identity } from './identity.js'
import type { Link, Links } from './links.js'
import type { Throttle } from './throttle.js'

/** Proving that an address is one's own, and moving an account to another one. */
export interface Addresses {
  /** Asks for another verification mail. The same work whether or not there is such an account. Throws `INVALID_EMAIL`. */
  requestVerification(email: string): Promise<void>
  /** Mails a link to the new address and a word to the old one; nothing changes yet. Throws what `confirm` does, `INVALID_EMAIL`. */
  requestChange(userId: string, newEmail: string, password: string, client: Client): Promise<void>
  /** Verifies or changes the address, whichever the link is for. Throws `INVALID_LINK`; of concurrent calls one succeeds. */
  verify(token: string): Promise<{ user: Row; changed: boolean }>
}

export interface AddressesOptions {
  identity: Identity
  accounts: Accounts
  links: Links
  throttle: Throttle
}

export function createAddresses(
  app: FastifyInstance,
  { identity: { outbox, settings }, accounts, links, throttle }: AddressesOptions,
): Addresses {
  const users = app.collections.get('users')

  /** The row decides, so that a link works once whatever the store does. */
  const apply = (link: Link, { tokenVersion }: UserState): Promise<Row | null> => {
    const { userId, address } = link
    if (link.purpose === 'verify') {
      // stays good while the address does: logging out elsewhere is no reason to verify again
      const ifMatch = { email: address, emailVerified: false, disabled: false }
      return users.update(userId, { emailVerified: true }, { ifMatch })
    }
    if (tokenVersion !== link.tokenVersion) return Promise.resolve(null)
    const changes = { email: address, emailVerified: true, tokenVersion: tokenVersion + 1 }
    return users.update(userId, changes, { ifMatch: { tokenVersion, disabled: false } })
  }

  return {
    async requestVerification(email) {
      const address = canonicalEmail(email)
      if (await throttle.mayMail(address, 'resend')) await outbox?.add(app.collections, 'resend', { address })
    },

    async requestChange(userId, newEmail, password, client) {
      const user = await accounts.confirm(userId, password, client)
      const address = canonicalEmail(newEmail)
      if (!isMailbox(address)) throw new identityErrors.InvalidEmail()
      if (address === user.email || !(await throttle.mayMail(address, 'email-change'))) return
      const intent = await app.collections.transaction(async (collections) => {
        const mails = collections.get('auth_mails')
        for (const { id } of await mails.find({ where: { userId, kind: 'email-change' } }))
          await mails.delete(String(id))
        if (isMailbox(String(user.email)))
          await outbox?.add(collections, 'email-change-requested', { user, address: String(user.email) })
        return outbox?.add(collections, 'email-change', { user, address })
      })
      const newest = { userId, purpose: 'email' as const, intentId: String(intent?.id) }
      await links.supersede(newest, settings.verifyTtl)
    },

    async verify(token) {
      const link = await links.find(token, ['verify', 'email'])
      const user = link && (await users.get(link.userId))
      if (link === null || user === null) throw new identityErrors.InvalidLink()
      const changed = await apply(link, user as unknown as UserState).catch((error: { code?: string }) => {
        if (error.code === 'DUPLICATE_EMAIL') return null // somebody else proved first that the address is his
        throw error
      })
      if (changed === null) throw new identityErrors.InvalidLink()
      await links.consume(token).catch((err: unknown) => app.log.warn({ err }, 'a used link could not be removed'))
      return { user: changed, changed: link.purpose === 'email' }
    },
  }
}
