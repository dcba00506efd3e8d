import { errors, type IDatabaseAdapter } from '@json-express/core'
import { batchPerTurn } from './batch-per-turn.js'
import type { ExternalClaims } from './external-claims.js'
import type { UserLookup } from './revocation.js'

const COLLECTION = 'auth_identities'
const FIELDS = ['issuer', 'subject', 'userId']

interface Link {
  issuer: string
  subject: string
  userId: string
}

/** Rejects with `TOKEN_REVOKED`, `INVALID_TOKEN` or `UNAVAILABLE` when users of this server speak against a caller. */
export type LinkCheck = (claims: ExternalClaims) => Promise<void>

/** Makes the look-up of links by subject: one query for a turn of the event loop. */
export function createLinkLookup(db: IDatabaseAdapter): (subject: string) => Promise<readonly Link[] | undefined> {
  return batchPerTurn(async (subjects) => {
    const where = [{ field: 'subject', op: 'in', value: subjects }] as const
    const rows = (await db.find(COLLECTION, { where, fields: FIELDS })) as unknown as Link[]
    return new Map(subjects.map((subject) => [subject, rows.filter((row) => row.subject === subject)]))
  })
}

/**
 * Makes the check of an external caller against users: a user who is linked to it and disabled shuts it out, and where
 * this server issues tokens too (`mixed`) it may not bear the id of a user to whom it is not linked. A link grants nothing.
 */
export function createLinkCheck(
  links: ((subject: string) => Promise<readonly Link[] | undefined>) | null,
  users: UserLookup,
  { mixed }: { mixed: boolean },
): LinkCheck {
  return async ({ iss, sub }) => {
    const linked = ((await links?.(sub)) ?? []).filter(({ issuer }) => issuer === iss).map(({ userId }) => userId)
    const rows = await Promise.all(linked.map(users))
    if (rows.some((row) => row?.disabled !== false)) throw new errors.TokenRevoked()
    if (mixed && !linked.includes(sub) && (await users(sub)) !== undefined) {
      throw new errors.InvalidToken({ cause: 'sub is the id of a user of this server' })
    }
  }
}
