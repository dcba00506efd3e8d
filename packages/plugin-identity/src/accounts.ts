import { randomUUID } from 'node:crypto'
import { claimsFromUser, errors, type Row, type User, type UserState } from '@json-express/core'
import type { FastifyInstance } from 'fastify'
import type { Client } from './client.js'
import { canonicalEmail } from './email-address.js'
import { identityErrors } from './errors.js'
import type { Identity } from './identity.js'
import type { Sessions, SessionTokens } from './sessions.js'
import type { Throttle } from './throttle.js'

/** What a client gets that has proved who it is. */
export interface SignedIn {
  accessToken: string
  refreshToken: string
  /** Of the access token, seconds. */
  expiresIn: number
  user: Record<string, unknown>
  sessionId: string
}

/** Signing in and staying signed in, without HTTP. A password that is refused is logged here, whatever asked for it. */
export interface Accounts {
  /**
   * The user with this address and password. Throws `INVALID_CREDENTIALS` for every reason alike and in equal time,
   * `ACCOUNT_LOCKED` and `RATE_LIMITED` before any work, `EMAIL_NOT_VERIFIED` only after the right password.
   */
  authenticate(email: string, password: string, client: Client): Promise<Row>
  /** The signed-in user, who has typed the password again. Throws `INVALID_CREDENTIALS`; throttled like a login. */
  confirm(userId: string, password: string, client: Client): Promise<Row>
  /** A new session. Throws `INVALID_CREDENTIALS` when the account was revoked or has gone meanwhile. */
  signIn(user: Row, client: Client): Promise<SignedIn>
  /** Throws `INVALID_TOKEN`, `TOKEN_REVOKED`, and `RefreshTokenReused` for a stolen one. */
  refresh(refreshToken: string, client: Client): Promise<SignedIn>
  /** Throws what `confirm` does, and `WEAK_PASSWORD`. All tokens and sessions from before are dead then. */
  changePassword(userId: string, currentPassword: string, newPassword: string, client: Client): Promise<Row>
  /** Kills every token, session and link of the user. `null` when there is no such user. */
  revoke(userId: string): Promise<Row | null>
}

export interface AccountsOptions {
  identity: Identity
  sessions: Sessions
  throttle: Throttle
}

/** A password as somebody gave it. */
interface Given {
  user: Row | null
  /** The address; what was typed, where that is nobody's. */
  account: string
  password: string
  client: Client
  /** Logged when it is refused. */
  refusal: 'login.failed' | 'password.refused'
}

/** Why a password is refused. Whatever else goes wrong is not the client's doing. */
const REFUSALS = ['INVALID_CREDENTIALS', 'ACCOUNT_LOCKED', 'RATE_LIMITED', 'EMAIL_NOT_VERIFIED']

export function createAccounts(app: FastifyInstance, { identity, sessions, throttle }: AccountsOptions): Accounts {
  const { passwords, settings } = identity
  const users = app.collections.get('users')

  /** Stored only if nobody changed the password meanwhile, and no reason to end sessions: it is the same password. */
  const rehash = async ({ id, passwordHash }: Row, password: string) => {
    try {
      const fresh = await passwords.hash(password)
      await app.db.update('users', id, { passwordHash: fresh }, { ifMatch: { passwordHash: String(passwordHash) } })
    } catch (err) {
      app.log.debug({ err, userId: id }, 'the hash is renewed at another login') // a full queue must not fail a login
    }
  }

  /** One real hash, whoever and whatever it is. */
  const check = async (user: Row | null, password: string, signal?: AbortSignal): Promise<Row | null> => {
    const hash = user !== null && user.disabled !== true ? (user.passwordHash as string | null) : null
    const matches = await passwords.verify(hash, password, signal)
    if (!matches || user === null || hash === null) return null
    if (passwords.needsRehash(hash)) await rehash(user, password)
    return user
  }

  /** The user, if this is his password. */
  const proved = async (given: Given): Promise<Row> => {
    const { user, account, password, client } = given
    const { network, signal } = client
    const tried = throttle.attempt({ account, network }, () => check(user, password, signal))
    const { found, locked } = await tried.catch((error: unknown) => refuse(error, given))
    return found ?? refuse(new identityErrors.InvalidCredentials(), given, locked)
  }

  const signedIn = (user: Row, { sessionId, refreshToken }: SessionTokens): SignedIn => {
    const caller: User = { id: String(user.id), role: String(user.role), sessionId, claims: {} }
    const claims = claimsFromUser(user as unknown as UserState, { sessionId, tokenId: randomUUID() })
    const accessToken = app.accessTokens.sign(claims)
    return {
      accessToken,
      refreshToken,
      expiresIn: app.accessTokens.expiresIn,
      user: users.view(user, caller),
      sessionId,
    }
  }

  return {
    async authenticate(email, password, client) {
      const canonical = canonicalOrNull(email)
      const user = canonical === null ? null : await users.findOne({ email: canonical })
      const account = canonical ?? email.trim().toLowerCase()
      const given = { user, account, password, client, refusal: 'login.failed' } as const
      const found = await proved(given)
      if (settings.requireVerifiedEmail && found.emailVerified !== true)
        refuse(new identityErrors.EmailNotVerified(), given)
      return found
    },

    async confirm(userId, password, client) {
      const user = await users.get(userId)
      if (user === null) throw new errors.TokenRevoked()
      return proved({ user, account: String(user.email), password, client, refusal: 'password.refused' })
    },

    async signIn(user, client) {
      const tokens = await sessions.start(user as unknown as UserState, client)
      // whoever revoked the account meanwhile has ended the sessions he saw, and not this one
      const now = await users.get(user.id)
      if (now !== null && now.disabled !== true && now.tokenVersion === user.tokenVersion) return signedIn(now, tokens)
      await sessions.end(String(user.id), tokens.sessionId)
      throw new identityErrors.InvalidCredentials()
    },

    async refresh(refreshToken, client) {
      const session = await sessions.find(refreshToken)
      const user = await users.get(session.userId)
      if (user === null || user.disabled === true || user.tokenVersion !== session.tokenVersion) {
        await sessions.end(session.userId, session.id)
        throw new errors.TokenRevoked()
      }
      return signedIn(user, await sessions.rotate(refreshToken, client))
    },

    async changePassword(userId, currentPassword, newPassword, client) {
      const user = await this.confirm(userId, currentPassword, client)
      passwords.assertAcceptable(newPassword, { email: String(user.email) })
      const { tokenVersion } = user as unknown as UserState
      const changed = await users.update(
        userId,
        { password: newPassword, tokenVersion: tokenVersion + 1 },
        { ifMatch: { tokenVersion, disabled: false } },
      )
      // somebody revoked or changed the account meanwhile: whoever asks now has to prove himself again
      return changed ?? refuse(new identityErrors.InvalidCredentials(), { user, client, refusal: 'password.refused' })
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

/** Logs a refusal, `locked` when it was the last try for a while, and throws it; other errors are thrown only. */
function refuse(
  error: unknown,
  { user, client, refusal }: Pick<Given, 'user' | 'client' | 'refusal'>,
  locked = false,
): never {
  const { code = '' } = error as { code?: string }
  const userId = user?.id ?? null
  if (REFUSALS.includes(code)) client.log(refusal, userId, { reason: code })
  if (locked) client.log('login.locked', userId)
  throw error
}

/** An address that cannot be one belongs to nobody; the answer must not tell it from an unknown one. */
function canonicalOrNull(email: string): string | null {
  try {
    return canonicalEmail(email)
  } catch {
    return null
  }
}
