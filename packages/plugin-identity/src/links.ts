import { createHash, randomBytes } from 'node:crypto'
import type { IKvStore } from '@json-express/core'

/** What a link is good for: setting a password, verifying the account's address, moving the account to another one. */
export type LinkPurpose = 'password' | 'verify' | 'email'

/** What a mailed link stands for. Only the hash of its token is ever stored (ASVS 6.5). */
export type Link = {
  purpose: LinkPurpose
  userId: string
  /** Of the user's row at sending. */
  tokenVersion: number
  /** Where the mail went. */
  address: string
  /** The mail it came with, ordered by time (UUIDv7). */
  intentId: string
}

export interface Links {
  /** Makes a token of 256 bits that stands for the link until `ttlMs` has passed. */
  mint(link: Link, ttlMs: number): Promise<string>
  /** The link behind a token, or `null`: unknown, expired, used, superseded, for another purpose or not a token at all. */
  find(token: string, purposes: readonly LinkPurpose[]): Promise<Link | null>
  consume(token: string): Promise<void>
  /** Kills the user's links of this purpose that came with an earlier mail than this one, also those still to be sent. */
  supersede(link: Pick<Link, 'userId' | 'purpose' | 'intentId'>, ttlMs: number): Promise<void>
}

const TOKEN = /^[A-Za-z0-9_-]{43}$/

export function createLinks(kv: IKvStore): Links {
  return {
    async mint(link, ttlMs) {
      const token = randomBytes(32).toString('base64url')
      await kv.set(linkKey(token), link, { ttlMs })
      return token
    },
    async find(token, purposes) {
      const link = TOKEN.test(token) ? await kv.get<Link>(linkKey(token)) : null
      if (link === null || !purposes.includes(link.purpose)) return null
      const newest = await kv.get<string>(newestKey(link))
      return newest !== null && link.intentId < newest ? null : link
    },
    consume: async (token) => void (await kv.delete(linkKey(token))),
    async supersede(link, ttlMs) {
      for (;;) {
        const newest = await kv.get<string>(newestKey(link))
        if (newest !== null && newest >= link.intentId) return
        if (await kv.compareAndSet(newestKey(link), newest, link.intentId, { ttlMs })) return
      }
    },
  }
}

function linkKey(token: string): string {
  return `identity:link:${createHash('sha256').update(token).digest('base64url')}`
}

function newestKey({ userId, purpose }: Pick<Link, 'userId' | 'purpose'>): string {
  return `identity:newest-link:${purpose}:${userId}`
}
