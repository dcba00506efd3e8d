import { UnavailableError } from './errors.js'

/** Lets one writer at a time through, in the order of their calls. */
export interface WriteLock {
  /**
   * Runs `work` when its turn has come. Throws `UnavailableError` when that takes longer than `waitMs` milliseconds
   * (`null`: no bound); the work itself may take as long as it likes.
   */
  run<T>(work: () => T | Promise<T>, waitMs?: number | null): Promise<T>
}

export function createWriteLock(defaultWaitMs: number): WriteLock {
  let held = false
  const waiting = new Set<() => void>()

  return {
    async run(work, waitMs = defaultWaitMs) {
      if (held) await turn(waitMs)
      held = true
      try {
        return await work()
      } finally {
        release()
      }
    },
  }

  function turn(waitMs: number | null): Promise<void> {
    return new Promise((resolve, reject) => {
      const begin = () => {
        clearTimeout(timer)
        resolve()
      }
      const giveUp = () => {
        waiting.delete(begin)
        reject(new UnavailableError(`Another write has kept the database busy for ${waitMs} ms`))
      }
      const timer = waitMs === null ? undefined : setTimeout(giveUp, waitMs)
      waiting.add(begin)
    })
  }

  /** Hands the lock over without opening it in between, so that nobody jumps the queue. */
  function release() {
    const [next] = waiting
    if (next === undefined) {
      held = false
    } else {
      waiting.delete(next)
      next()
    }
  }
}
