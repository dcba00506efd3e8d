import { type ExternalTokens, errors } from '@json-express/core'
import type { FastifyBaseLogger } from 'fastify'
import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey, errors as jose } from 'jose'
import { createKeySetFetch } from './key-set-fetch.js'
import { createRefresh } from './refresh.js'
import { usableKeys } from './usable-keys.js'

/** Milliseconds. */
export const KEY_SET_TIMING = {
  /** For one fetch, its body included. */
  timeout: 3000,
  /** Older keys are fetched again in the background. */
  fresh: 5 * 60_000,
  /** Older keys are used only while fetching fails. */
  maxAge: 10 * 60_000,
  /** Older keys are used no more. */
  stale: 24 * 3_600_000,
  /** Between two fetches for the sake of a key that is not in the set. */
  cooldown: 30_000,
  /** Between two fetches while fetching fails, doubling from the one to the other. */
  backoff: [1000, 60_000],
} as const

export type KeySetTiming = {
  [K in keyof typeof KEY_SET_TIMING]: K extends 'backoff' ? readonly [number, number] : number
}

/** The public keys of an identity provider (RFC 7517), kept up to date. */
export interface KeySet {
  /** Counts the sets of keys; 0 means that there has been none. */
  readonly generation: number
  /** Resolves while there are keys to be trusted, fetching what is old. Rejects with `UNAVAILABLE`. */
  ready(): Promise<void>
  /** The key that a token names. Rejects with `UNAVAILABLE` when it is unknown and fetching fails. */
  readonly key: JWTVerifyGetKey
  /**
   * Whether the set is another one than that generation, now that it has been asked for, as seldom as for an unknown key.
   * Rejects with `UNAVAILABLE` when it is not and fetching fails.
   */
  renewed(generation: number): Promise<boolean>
  close(): void
}

/**
 * Makes the key set of `auth.jwksUri`. jose reads it and finds the key; when to fetch is decided here, since jose asks at
 * every request once its keys are old and the endpoint fails. A set that cannot be used never replaces one that can.
 */
export function createKeySet(
  { jwksUri, algorithms }: Pick<ExternalTokens, 'jwksUri' | 'algorithms'>,
  log: FastifyBaseLogger,
  timing: KeySetTiming = KEY_SET_TIMING,
): KeySet {
  const closing = new AbortController()
  const remote = createRemoteJWKSet(new URL(jwksUri), {
    timeoutDuration: timing.timeout,
    cacheMaxAge: Number.POSITIVE_INFINITY,
    cooldownDuration: Number.POSITIVE_INFINITY,
    [customFetch]: createKeySetFetch(check, closing.signal),
  })
  let [known, complaint] = ['', '']
  let generation = 0
  let [loadedAt, unknownAt] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]
  const refresh = createRefresh(load, {
    backoff: timing.backoff,
    signal: closing.signal,
    onFailure(err) {
      failure = err
      log.warn({ err, jwksUri }, 'the key set of auth.jwksUri cannot be read')
    },
  })
  let failure: unknown
  const unavailable = () => new errors.Unavailable({ cause: failure })

  return {
    get generation() {
      return generation
    },
    async ready() {
      if (since(loadedAt) > timing.fresh) refresh.start()
      if (since(loadedAt) > timing.maxAge) await refresh.started()
      if (since(loadedAt) > timing.stale) throw unavailable()
    },
    async key(header, token) {
      const find = () => remote(header, token)
      return find().catch(async (error) => {
        if (!(error instanceof jose.JWKSNoMatchingKey)) throw error
        await askForUnknown()
        return find().catch((again) => {
          // it may be a new key of an endpoint that is down
          throw refresh.failing ? unavailable() : again
        })
      })
    },
    async renewed(known) {
      if (generation === known) await askForUnknown()
      if (generation === known && refresh.failing) throw unavailable()
      return generation !== known
    },
    close: () => closing.abort(),
  }

  function check(set: unknown): object {
    const { keys, refused } = usableKeys(set, algorithms)
    const lines = refused.join('; ')
    if (lines !== '' && lines !== complaint) log.warn({ refused }, 'keys of auth.jwksUri are refused')
    complaint = lines
    return { keys }
  }

  async function load(): Promise<void> {
    await remote.reload()
    loadedAt = Date.now()
    const keys = JSON.stringify(remote.jwks())
    if (keys !== known) generation++
    known = keys
  }

  async function askForUnknown(): Promise<void> {
    if (!refresh.busy && since(unknownAt) >= timing.cooldown) {
      unknownAt = Date.now()
      refresh.start()
    }
    await refresh.started()
  }
}

/** Milliseconds since then. A clock that was set back makes nothing young. */
function since(time: number): number {
  return Math.abs(Date.now() - time)
}
