import type { User } from '@json-express/core'

/**
 * Tells whose token it is. Rejects with `TOKEN_EXPIRED` or `TOKEN_REVOKED` after a good signature only, with `UNAVAILABLE`
 * when that cannot be found out now, and with `INVALID_TOKEN` for everything else.
 */
export type CallerOf = (token: string) => Promise<User>
