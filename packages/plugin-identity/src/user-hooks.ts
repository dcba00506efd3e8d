import type { Collections, Context, Hooks, Row } from '@json-express/core'
import { canonicalEmail, isMailbox } from './email-address.js'
import { identityErrors } from './errors.js'
import { isSupportedHash } from './hashes/read-hash.js'
import type { Identity } from './identity.js'
import { invite } from './invitation.js'
import type { MailKind } from './mail.js'
import { logUserEvents } from './user-events.js'

/** What holds for every write of a user, whoever does it: canonical addresses, hashed passwords, dead tokens, an admin. */
export function userHooks(identity: Identity): Hooks {
  const prepared = async (data: Record<string, unknown>) => {
    if (typeof data.email === 'string') data.email = canonicalEmail(data.email)
    if (typeof data.password === 'string') data.passwordHash = await identity.passwords.hash(data.password)
    else assertHash(data.passwordHash)
    delete data.password
    return data
  }

  const endSessions = async ({ id }: Row, tokenVersion: number, log: Context['log']) => {
    await identity.sessions
      ?.endAll(String(id), tokenVersion)
      .catch((err: unknown) => log.warn({ err, userId: id }, 'records of ended sessions stay until they expire'))
  }

  return {
    beforeCreate: prepared,
    async beforeUpdate(data, { record }) {
      const changes = await prepared(data)
      // nobody has proved yet that the new address is his
      if (changes.email !== undefined && changes.email !== record.email) return { emailVerified: false, ...changes }
      return changes
    },

    async withinCreate(user, { collections, log }) {
      assertStored(user)
      const passwordless = user.passwordHash === null
      // nothing is mailed to somebody who is locked out: his invitation comes when he is enabled
      if (user.disabled === true || !isMailbox(String(user.email))) return
      if (!passwordless && user.emailVerified === true) return
      if (identity.outbox) await identity.outbox.add(collections, passwordless ? 'invite' : 'verify', { user })
      else if (passwordless)
        log.info(
          { userId: user.id },
          'no invitation: to mail them, npm install @json-express/email-console or email-smtp',
        )
    },

    afterCreate: (user, context) => logUserEvents(context, null, user),

    // after every before-hook, so that what an app's hooks have changed ends tokens too
    amendUpdate(changes, { before }) {
      const user: Record<string, unknown> = { ...before, ...changes }
      const endsTokens =
        ['role', 'email', 'passwordHash'].some((field) => user[field] !== before[field]) ||
        (user.disabled === true && before.disabled !== true)
      if (endsTokens && user.tokenVersion === before.tokenVersion) {
        changes.tokenVersion = Number(before.tokenVersion) + 1
      }
    },

    async withinUpdate(user, { before, collections }) {
      assertStored(user)
      if (isEnabledAdmin(before) && !isEnabledAdmin(user)) await requireAdmin(collections)
      const told = async (kind: MailKind, address: unknown) => {
        if (isMailbox(String(address)))
          await identity.outbox?.add(collections, kind, { user, address: String(address) })
      }
      if (before.passwordHash !== null && user.passwordHash !== before.passwordHash)
        await told('password-changed', user.email)
      if (user.email !== before.email) await told('email-changed', before.email)
      const enabled = before.disabled === true && user.disabled !== true
      // disabling has ended the links from before, or there was none
      if (enabled && user.passwordHash === null && isMailbox(String(user.email)) && identity.outbox)
        await invite(collections, identity.outbox, user)
    },

    // the tokenVersion has ended them already, by the row alone; this keeps the list of sessions and the store clean
    async afterUpdate(user, context) {
      const { before, log } = context
      logUserEvents(context, before, user)
      if (user.tokenVersion !== before.tokenVersion) await endSessions(user, Number(user.tokenVersion), log)
    },

    async afterDelete(user, context) {
      logUserEvents(context, user, null)
      await endSessions(user, Number.POSITIVE_INFINITY, context.log)
    },

    async withinDelete(user, { collections }) {
      if (isEnabledAdmin(user)) await requireAdmin(collections)
    },
  }
}

/** Inside the transaction that takes one away, so that two admins cannot demote each other. */
async function requireAdmin(collections: Collections): Promise<void> {
  const left = await collections.get('users').count({ where: { role: 'admin', disabled: false } })
  if (left === 0) throw new identityErrors.LastAdmin()
}

function isEnabledAdmin(user: Row): boolean {
  return user.role === 'admin' && user.disabled !== true
}

/** Hooks of the app run after ours. What they made of the record is looked at here, where a throw undoes the write. */
function assertStored(user: Row): void {
  assertHash(user.passwordHash)
  if (canonicalEmail(String(user.email)) !== user.email) throw new Error('users.email is not in its canonical form')
}

/** A hash from outside is stored only when verifying it is known to be harmless. */
function assertHash(hash: unknown): void {
  if (hash === undefined || hash === null) return
  if (typeof hash !== 'string' || !isSupportedHash(hash))
    throw new Error('users.passwordHash is not a hash that is verified here')
}
