import { createHash, randomBytes } from 'node:crypto'
import type { IKvStore } from '@json-express/core'

/** What a mailed link stands for. Only the hash of its token is ever stored (ASVS 6.5). */
export interface Link {
  userId: string
  /** Of the user's row at sending: any revocation since then kills the link. */
  tokenVersion: number
  /** The mail it came with, ordered by time (UUIDv7). */
  intentId: string
}

export interface Links {
  /** Makes a token of 256 bits that stands for the link until `ttlMs` has passed. */
  mint(link: Link, ttlMs: number): Promise<string>
  /** The link behind a token, or `null`: unknown, expired, used, superseded or not a token at all. */
  find(token: string): Promise<Link | null>
  consume(token: string): Promise<void>
  /** Kills every link to the user that came with an earlier mail than this one, also those still to be sent. */
  supersede(userId: string, intentId: string, ttlMs: number): Promise<void>
}

const TOKEN = /^[A-Za-z0-9_-]{43}$/

export function createLinks(kv: IKvStore): Links {
  return {
    async mint(link, ttlMs) {
      const token = randomBytes(32).toString('base64url')
      await kv.set(linkKey(token), { ...link }, { ttlMs })
      return token
    },
    async find(token) {
      if (!TOKEN.test(token)) return null
      const link = await kv.get<{ userId: string; tokenVersion: number; intentId: string }>(linkKey(token))
      if (link === null) return null
      const newest = await kv.get<string>(newestKey(link.userId))
      return newest !== null && link.intentId < newest ? null : link
    },
    consume: async (token) => void (await kv.delete(linkKey(token))),
    supersede: (userId, intentId, ttlMs) => kv.set(newestKey(userId), intentId, { ttlMs }),
  }
}

function linkKey(token: string): string {
  return `identity:link:${createHash('sha256').update(token).digest('base64url')}`
}

function newestKey(userId: string): string {
  return `identity:newest-link:${userId}`
}
