import { randomUUID } from 'node:crypto'
import { type Collections, claimsFromUser, type Row, type User, type UserState } from '@json-express/core'
import type { FastifyInstance } from 'fastify'
import { canonicalEmail } from './email-address.js'
import { identityErrors } from './errors.js'
import type { Identity } from './identity.js'
import type { Links } from './links.js'

/** What a client gets that has proved who it is. */
export interface SignedIn {
  accessToken: string
  /** Seconds. */
  expiresIn: number
  user: Record<string, unknown>
}

/** The flows of accounts, without HTTP. */
export interface Accounts {
  /** The user with this address and password. Throws `INVALID_CREDENTIALS` for every reason alike, in equal time. */
  authenticate(email: string, password: string): Promise<Row>
  /** A fresh access token and the profile as the user may see it. */
  signIn(user: Row): SignedIn
  /** Throws `INVALID_CREDENTIALS` or `WEAK_PASSWORD`. All tokens from before are dead then. */
  changePassword(userId: string, currentPassword: string, newPassword: string): Promise<Row>
  /** Throws `INVALID_LINK` or `WEAK_PASSWORD`. Of concurrent calls with one token exactly one succeeds. */
  resetPassword(token: string, newPassword: string): Promise<Row>
  /** Kills every token and link of the user. `null` when there is no such user. */
  revoke(userId: string): Promise<Row | null>
}

export function createAccounts(app: FastifyInstance, { passwords }: Identity, links: Links): Accounts {
  const users = app.collections.get('users')

  return {
    async authenticate(email, password) {
      const canonical = canonicalOrNull(email)
      const user = canonical === null ? null : await users.findOne({ email: canonical })
      const hash = user !== null && user.disabled !== true ? (user.passwordHash as string | null) : null
      if (!(await passwords.verify(hash, password)) || user === null) {
        // for the log alone: the answer is made of code and message
        throw Object.assign(new identityErrors.InvalidCredentials(), { userId: user?.id ?? null })
      }
      return user
    },

    signIn(user) {
      const caller: User = { id: String(user.id), role: String(user.role), sessionId: null, claims: {} }
      const accessToken = app.accessTokens.sign(claimsFromUser(user as unknown as UserState, randomUUID()))
      return { accessToken, expiresIn: app.accessTokens.expiresIn, user: users.view(user, caller) }
    },

    async changePassword(userId, currentPassword, newPassword) {
      const user = await users.get(userId)
      const hash = (user?.passwordHash ?? null) as string | null
      if (!(await passwords.verify(hash, currentPassword)) || user === null)
        throw new identityErrors.InvalidCredentials()
      passwords.assertAcceptable(newPassword)
      const changed = await setPassword(users, user, newPassword)
      // somebody revoked or changed the account meanwhile: whoever asks now has to prove himself again
      if (changed === null) throw new identityErrors.InvalidCredentials()
      return changed
    },

    async resetPassword(token, newPassword) {
      const link = await links.find(token)
      const user = link && (await users.get(link.userId))
      if (link === null || user === null || user.tokenVersion !== link.tokenVersion || user.disabled === true) {
        throw new identityErrors.InvalidLink()
      }
      passwords.assertAcceptable(newPassword)
      const changed = await setPassword(users, user, newPassword, { emailVerified: true })
      if (changed === null) throw new identityErrors.InvalidLink()
      // the row has decided, and by its tokenVersion the link is dead: what the store fails at now changes nothing
      await links.consume(token).catch((err: unknown) => app.log.warn({ err }, 'a used link could not be removed'))
      return changed
    },

    async revoke(userId) {
      for (;;) {
        const user = await users.get(userId)
        if (user === null) return null
        const { tokenVersion } = user as unknown as UserState
        const revoked = await users.update(userId, { tokenVersion: tokenVersion + 1 }, { ifMatch: { tokenVersion } })
        if (revoked !== null) return revoked
      }
    },
  }
}

/**
 * Stores a new password in the one write that also ends every token: it happens only while the row is as it was read, so
 * the database decides between concurrent calls. The hash is made before, so a full queue (503) costs nothing.
 */
function setPassword(
  users: ReturnType<Collections['get']>,
  user: Row,
  password: string,
  changes: Record<string, unknown> = {},
): Promise<Row | null> {
  const { tokenVersion } = user as unknown as UserState
  return users.update(
    user.id,
    { ...changes, password, tokenVersion: tokenVersion + 1 },
    { ifMatch: { tokenVersion, disabled: false } },
  )
}

/** An address that cannot be one belongs to nobody; the answer must not tell it from an unknown one. */
function canonicalOrNull(email: string): string | null {
  try {
    return canonicalEmail(email)
  } catch {
    return null
  }
}
