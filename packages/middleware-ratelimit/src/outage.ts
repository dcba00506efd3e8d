import type { FastifyBaseLogger } from 'fastify'

/** A store that fails now and then is one outage, not a line in the log for each failure. */
const QUIET_MS = 10_000
/** How long a store that failed is left alone: asking it costs every request its time-out. */
const REST_MS = 1000

/** Whether the key-value store can be counted in; the log has one line when it no longer can, and one when it can again. */
export interface Outage {
  readonly lasts: boolean
  /** Whether it failed just now, so that there is no use in asking. */
  readonly fresh: boolean
  failed(err: unknown): void
  /** Something was counted. That something could be read is no sign: a store may be readable alone. */
  counted(): void
}

export function createOutage(log: FastifyBaseLogger): Outage {
  let lastFailure: number | null = null
  return {
    get lasts() {
      return lastFailure !== null
    },
    get fresh() {
      return lastFailure !== null && Date.now() - lastFailure < REST_MS
    },
    failed(err) {
      if (lastFailure === null)
        log.warn({ err }, 'the key-value store fails: rate limits are counted in each process alone')
      lastFailure = Date.now()
    },
    counted() {
      if (lastFailure === null || Date.now() - lastFailure < QUIET_MS) return
      lastFailure = null
      log.info('rate limits are shared again')
    },
  }
}
