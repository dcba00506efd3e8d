import { setTimeout as pause } from 'node:timers/promises'

const LIMIT_MS = 60_000
const EVERY_MS = 50

/** Tries until it does not throw and its answer is good. Rejects with what was last seen, after a minute. */
export async function eventually<T>(what: string, attempt: () => Promise<T>, good: (answer: T) => boolean): Promise<T> {
  const deadline = performance.now() + LIMIT_MS
  let last: unknown
  while (performance.now() < deadline) {
    try {
      const answer = await attempt()
      if (good(answer)) return answer
      last = answer
    } catch (error) {
      last = error
    }
    await pause(EVERY_MS)
  }
  throw new Error(`never came: ${what}`, { cause: last })
}
