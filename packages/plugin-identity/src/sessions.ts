import { randomBytes } from 'node:crypto'
import {
  type AuthSettings,
  errors,
  type IKvStore,
  type LocalTokens,
  type SessionState,
  sessionKey,
} from '@json-express/core'
import type { Client } from './client.js'
import { UNKNOWN_ADDRESS } from './client-address.js'
import { createRefreshTokens, type RefreshToken } from './refresh-token.js'
import { createSessionIndex } from './session-index.js'

/** The record of a session in the KV store. The session lives as long as it does; no token is part of it. */
interface SessionRecord extends SessionState {
  [key: string]: string | number
  /** Of the user's row at the start: any revocation since then ends the session. */
  tokenVersion: number
  salt: string
  /** How often it has been refreshed: tokens of earlier generations have been used. */
  generation: number
  /** Milliseconds since the epoch. */
  createdAt: number
  lastUsedAt: number
  /** Absent in records from before a client that hung up had one. */
  address?: string
  userAgent: string
}

export interface Session extends Readonly<Pick<SessionRecord, 'userId' | 'tokenVersion'>> {
  id: string
  createdAt: Date
  lastUsedAt: Date
  client: Pick<Client, 'address' | 'userAgent'>
}

/** What keeps a client signed in. */
export interface SessionTokens {
  sessionId: string
  refreshToken: string
}

/** What a refresh token that was used before says about its session, which it ended. */
export class RefreshTokenReused extends Error {
  override readonly name = 'RefreshTokenReused'

  constructor(
    readonly userId: string,
    readonly sessionId: string,
  ) {
    super('a refresh token was used again')
  }
}

export interface Sessions {
  /** Starts a session; beyond `auth.maxSessions` the oldest ends. */
  start(user: { id: string; tokenVersion: number }, client: Session['client']): Promise<SessionTokens>
  /**
   * The session behind a refresh token, whoever holds it, with nothing changed. Throws `INVALID_TOKEN` when there is none.
   */
  find(refreshToken: string): Promise<Session>
  /**
   * Exchanges a refresh token for its successor, in one atomic step of the store. Within `auth.refreshGrace` a token whose
   * successor is unused yields that same successor again. Throws `INVALID_TOKEN`, and `RefreshTokenReused` for a token
   * that is older: then the session has ended (RFC 9700 section 4.14.2).
   */
  rotate(refreshToken: string, client: Session['client']): Promise<SessionTokens>
  /** The living sessions of a user, oldest first; what was started before this tokenVersion is dead. */
  list(userId: string, tokenVersion: number): Promise<Session[]>
  /** Rejects while no session could be started. */
  health(): Promise<void>
  /** Ends one session of this user. Resolves to whether there was one. */
  end(userId: string, sessionId: string): Promise<boolean>
  /** Ends the sessions of a user that were started under an earlier tokenVersion than this one. */
  endAll(userId: string, tokenVersion: number): Promise<void>
}

type Lives = Pick<AuthSettings, 'refreshTtl' | 'refreshMaxAge' | 'refreshGrace' | 'maxSessions'>

export function createSessions(kv: IKvStore, local: LocalTokens, lives: Lives): Sessions {
  const tokens = createRefreshTokens(local)
  const index = createSessionIndex(kv, { max: lives.maxSessions, ttlMs: lives.refreshMaxAge })
  const read = (id: string) => kv.get<SessionRecord>(sessionKey(id))

  const expiry = ({ createdAt }: SessionRecord, now: number) => ({
    ttlMs: Math.max(1, Math.min(lives.refreshTtl, createdAt + lives.refreshMaxAge - now)),
  })

  const genuine = async (text: string): Promise<{ token: RefreshToken; record: SessionRecord }> => {
    const token = tokens.parse(text)
    const record = token && (await read(token.sessionId))
    if (token === null || record === null || !tokens.isGenuine(token, { id: token.sessionId, salt: record.salt })) {
      throw new errors.InvalidToken()
    }
    return { token, record }
  }

  const end = async (userId: string, ids: readonly string[]) => {
    const ended = await Promise.all(ids.map((id) => kv.delete(sessionKey(id))))
    await index.remove(userId, ids)
    return ended.includes(true)
  }

  const successor = (sessionId: string, { salt }: SessionRecord, generation: number): SessionTokens => ({
    sessionId,
    refreshToken: tokens.issue({ id: sessionId, salt }, generation),
  })

  return {
    async start({ id: userId, tokenVersion }, { address, userAgent }) {
      const id = randomBytes(16).toString('base64url')
      const now = Date.now()
      const record: SessionRecord = {
        ...{ userId, tokenVersion, salt: randomBytes(16).toString('base64url'), generation: 0 },
        ...{ createdAt: now, lastUsedAt: now, address, userAgent },
      }
      await kv.set(sessionKey(id), record, expiry(record, now))
      // indexed second: a crash in between leaves a session whose token nobody has
      const oldest = await index.add(userId, id)
      await Promise.all(oldest.map((old) => kv.delete(sessionKey(old))))
      return successor(id, record, 0)
    },

    async find(refreshToken) {
      const { token, record } = await genuine(refreshToken)
      return sessionOf(token.sessionId, record)
    },

    async rotate(refreshToken, { address, userAgent }) {
      for (;;) {
        const { token, record } = await genuine(refreshToken)
        const { sessionId, generation } = token
        const now = Date.now()
        const inGrace = lives.refreshGrace > 0 && now - record.lastUsedAt < lives.refreshGrace
        if (generation === record.generation - 1 && inGrace) return successor(sessionId, record, record.generation)
        if (generation < record.generation) {
          await end(record.userId, [sessionId])
          throw new RefreshTokenReused(record.userId, sessionId)
        }
        // a generation ahead of the record is ours too: the store has lost the last moments before it crashed
        const next = { ...record, generation: generation + 1, lastUsedAt: now, address, userAgent }
        const rotated = await kv.compareAndSet(sessionKey(sessionId), record, next, expiry(record, now))
        if (rotated) return successor(sessionId, next, next.generation)
      }
    },

    async list(userId, tokenVersion) {
      const ids = await index.ids(userId)
      const records = await Promise.all(ids.map(read))
      const sessions = records.flatMap((record, at) => (record ? [sessionOf(ids[at] ?? '', record)] : []))
      return sessions.filter((session) => session.userId === userId && session.tokenVersion === tokenVersion)
    },

    health: () => kv.health(),

    async end(userId, sessionId) {
      const record = sessionId === '' ? null : await read(sessionId)
      return record?.userId === userId && end(userId, [sessionId])
    },

    async endAll(userId, tokenVersion) {
      const ids = await index.ids(userId)
      const records = await Promise.all(ids.map(read))
      const over = ids.filter((_, at) => (records[at]?.tokenVersion ?? -1) < tokenVersion)
      if (over.length > 0) await end(userId, over)
    },
  }
}

function sessionOf(
  id: string,
  { userId, tokenVersion, createdAt, lastUsedAt, address = UNKNOWN_ADDRESS, userAgent }: SessionRecord,
): Session {
  return {
    ...{ id, userId, tokenVersion },
    createdAt: new Date(createdAt),
    lastUsedAt: new Date(lastUsedAt),
    client: { address, userAgent },
  }
}
