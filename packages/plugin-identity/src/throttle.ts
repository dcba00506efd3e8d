import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import {
  type AuthSettings,
  errors,
  type IKvStore,
  type RateLimit,
  type RateLimiter,
  retryAfter,
} from '@json-express/core'
import PQueue from 'p-queue'
import { busy } from './busy.js'
import { identityErrors } from './errors.js'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const FAMILIAR_MS = 30 * 24 * HOUR
/** Wrong passwords of one account from all unfamiliar networks together (NIST SP 800-63B section 5.2.2). */
const ACCOUNT_BUDGET: RateLimit = { max: 100, windowMs: HOUR }
/** A guess that is under way counts as wrong until it is known to be right; this frees it after a crash. */
const UNDER_WAY_MS = 30_000
const WAIT_MS = 2000
const POLL_MS = 20
/** Of one account and network; about what the machine gets done while a client is willing to wait. */
const MAX_WAITING = 200
const MAILS: RateLimit = { max: 3, windowMs: HOUR }
const MAIL_PAUSE: RateLimit = { max: 1, windowMs: 10 * MINUTE }
const REGISTRATIONS: RateLimit = { max: 5, windowMs: HOUR }

/** Mails that anybody may have sent to an address, once or again. */
export type PacedMail = 'forgot' | 'resend' | 'already-registered' | 'email-change'

export interface Attempt {
  /** As typed, in canonical form where it has one: unknown addresses are throttled like known ones. */
  account: string
  /** `Client.network`. */
  network: string
}

/** Slows guessing down without letting anybody lock somebody else out. */
export interface Throttle {
  /**
   * Checks a password at most as often as the account, seen from this network, may be guessed. `check` resolves to `null`
   * for a wrong one; `locked` then says whether this was the last try for a while.
   * Throws `ACCOUNT_LOCKED` and `RATE_LIMITED` before any work is done, whatever the password.
   */
  attempt<T>(attempt: Attempt, check: () => Promise<T | null>): Promise<{ found: T | null; locked: boolean }>
  /** Takes back what was held against the account from this network: its owner has proved himself by mail. */
  forgive(attempt: Attempt): Promise<void>
  /**
   * Whether one more mail of this kind may go to this address: three an hour, then one in ten minutes. Each kind for
   * itself, so that nothing a stranger asks for keeps a reset from arriving.
   */
  mayMail(account: string, kind: PacedMail): Promise<boolean>
  /** Throws `RATE_LIMITED` when accounts have been made for this address too often: each time it gets a mail. */
  assertMayRegister(account: string): Promise<void>
  /** Counts an account that was made for this address by a stranger. */
  countRegistration(account: string): Promise<void>
}

export interface ThrottleOptions {
  kv: IKvStore
  rateLimiter: RateLimiter
  lockout: AuthSettings['lockout']
  /** Wrong passwords from one network, whatever the accounts; `null` for no limit. */
  networkFailures: RateLimit | null
}

export function createThrottle({ kv, rateLimiter, lockout, networkFailures }: ThrottleOptions): Throttle {
  const gates = new Map<string, PQueue>()

  /** In this process no more guesses at once than may be wrong, the others wait here instead of asking the store. */
  const gated = async <T>(pair: string, work: () => Promise<T>): Promise<T> => {
    const gate = gates.get(pair) ?? new PQueue({ concurrency: lockout.maxFailures })
    if (gate.size >= MAX_WAITING) throw busy()
    gates.set(pair, gate)
    try {
      return await gate.add(work)
    } finally {
      if (gate.size === 0 && gate.pending === 0) gates.delete(pair)
    }
  }

  const refuseLocked = async (pair: string) => {
    const until = await kv.get<number>(lockKey(pair))
    if (until !== null) throw retryAfter(new identityErrors.AccountLocked(), until - Date.now())
  }

  const release = async (pair: string) => {
    const left = await kv.increment(underWayKey(pair), { by: -1, ttlMs: UNDER_WAY_MS })
    // counted before the counter expired: it must not make room for guesses that are not counted
    if (left < 0) await kv.increment(underWayKey(pair), { by: 1, ttlMs: UNDER_WAY_MS })
  }

  /** Takes one of the guesses that are left, counted before the work: parallel guesses cannot outrun the count. */
  const reserve = async (pair: string) => {
    const deadline = Date.now() + WAIT_MS
    for (;;) {
      const underWay = await kv.increment(underWayKey(pair), { ttlMs: UNDER_WAY_MS })
      try {
        const failures = (await kv.get<number>(failuresKey(pair))) ?? 0
        await refuseLocked(pair) // asked last: a lock is set before the failures that led to it are forgotten
        if (failures + underWay <= lockout.maxFailures) return
      } catch (error) {
        await release(pair)
        throw error
      }
      await release(pair)
      if (Date.now() > deadline) throw busy()
      await delay(POLL_MS) // others of this account are being checked right now, here or in another instance
    }
  }

  const fail = async (pair: string): Promise<boolean> => {
    const failures = await kv.increment(failuresKey(pair), { ttlMs: lockout.window })
    if (failures < lockout.maxFailures) return false
    await kv.set(lockKey(pair), Date.now() + lockout.duration, { ttlMs: lockout.duration })
    await kv.delete(failuresKey(pair))
    return true
  }

  const welcome = (pair: string) => kv.set(familiarKey(pair), 1, { ttlMs: FAMILIAR_MS })

  const spend = async (key: string, limit: RateLimit) => {
    const { allowed, resetMs } = await rateLimiter.consume(key, limit)
    if (allowed) return
    await rateLimiter.consume(key, limit, -1)
    throw retryAfter(new errors.RateLimited(), resetMs)
  }

  const refuseNoisy = async (network: string) => {
    if (networkFailures === null) return
    const { count, resetMs } = await rateLimiter.peek(`login-failures:${network}`, networkFailures)
    if (count >= networkFailures.max) throw retryAfter(new errors.RateLimited(), resetMs)
  }

  return {
    async attempt({ account, network }, check) {
      const budget = `account-failures:${digest(account)}`
      const pair = digest(`${account} ${network}`)
      return gated(pair, async () => {
        await refuseLocked(pair)
        await refuseNoisy(network)
        const familiar = (await kv.get(familiarKey(pair))) !== null
        if (!familiar) await spend(budget, ACCOUNT_BUDGET)
        const giveBack = async () => void (familiar || (await rateLimiter.consume(budget, ACCOUNT_BUDGET, -1)))
        try {
          await reserve(pair)
        } catch (error) {
          await giveBack()
          throw error
        }
        try {
          const found = await check()
          if (found === null) {
            if (networkFailures) await rateLimiter.consume(`login-failures:${network}`, networkFailures)
            return { found, locked: await fail(pair) }
          }
          await Promise.all([kv.delete(failuresKey(pair)), welcome(pair), giveBack()])
          return { found, locked: false }
        } catch (error) {
          await giveBack()
          throw error
        } finally {
          await release(pair)
        }
      })
    },

    async forgive({ account, network }) {
      const pair = digest(`${account} ${network}`)
      await Promise.all([kv.delete(lockKey(pair)), kv.delete(failuresKey(pair)), welcome(pair)])
    },

    async mayMail(account, kind) {
      const key = `${kind}:${digest(account)}`
      if ((await rateLimiter.consume(`mails:${key}`, MAILS)).allowed) return true
      return (await rateLimiter.consume(`mail-pause:${key}`, MAIL_PAUSE)).allowed
    },

    async assertMayRegister(account) {
      const { allowed, resetMs } = await rateLimiter.peek(registrationsKey(account), REGISTRATIONS)
      if (!allowed) throw retryAfter(new errors.RateLimited(), resetMs)
    },

    countRegistration: async (account) => void (await rateLimiter.consume(registrationsKey(account), REGISTRATIONS)),
  }
}

/** Addresses of people are nothing to keep in a store of counters. */
function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}

function registrationsKey(account: string): string {
  return `registrations:${digest(account)}`
}

function lockKey(pair: string): string {
  return `identity:lock:${pair}`
}

function failuresKey(pair: string): string {
  return `identity:failures:${pair}`
}

function underWayKey(pair: string): string {
  return `identity:under-way:${pair}`
}

function familiarKey(pair: string): string {
  return `identity:familiar:${pair}`
}
