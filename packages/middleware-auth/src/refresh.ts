import pRetry from 'p-retry'

export interface Refresh {
  /** Starts the work, unless it is under way or waits for its next attempt. */
  start(): void
  /** Waits for a first attempt that is under way, whatever comes of it; never for later ones, which may take long. */
  started(): Promise<void>
  /** Whether it waits for its next attempt or is in one. */
  readonly busy: boolean
  /** Whether the last attempt failed. */
  readonly failing: boolean
}

/** Makes a refresh: `load` is called one at a time, and again until it works, with waits that double. Ends with `signal`. */
export function createRefresh(load: () => Promise<void>, { backoff, signal, onFailure }: RefreshOptions): Refresh {
  const [minTimeout, maxTimeout] = backoff
  const retry = { retries: Number.POSITIVE_INFINITY, minTimeout, maxTimeout, randomize: true, unref: true, signal }
  let [busy, failing] = [false, false]
  let attempt: Promise<void> = Promise.resolve()

  async function attemptOnce(): Promise<void> {
    try {
      await load()
      failing = false
    } catch (cause) {
      failing = true
      if (!signal.aborted) onFailure(cause)
      throw new Error('the refresh failed', { cause }) // p-retry takes some TypeErrors for the last word
    }
  }

  return {
    start() {
      if (busy || signal.aborted) return
      busy = true
      const done = () => {
        busy = false
      }
      pRetry(() => {
        attempt = attemptOnce()
        return attempt
      }, retry).then(done, done) // it rejects when the signal ends it
    },
    async started() {
      if (!failing) await attempt.catch(() => undefined)
    },
    get busy() {
      return busy
    },
    get failing() {
      return failing
    },
  }
}

interface RefreshOptions {
  /** Milliseconds before the second attempt, and at most before a later one. */
  backoff: readonly [number, number]
  signal: AbortSignal
  onFailure(error: unknown): void
}
