import { setTimeout as sleep } from 'node:timers/promises'

/** Node fires a timer of more than this after 1 ms. */
export const MAX_TIMER_MS = 2 ** 31 - 1

/** Resolves after any number of milliseconds, rejects when aborted, and does not keep the process alive. */
export async function wait(ms: number, signal: AbortSignal): Promise<void> {
  for (let left = ms; left > 0; left -= MAX_TIMER_MS) {
    await sleep(Math.min(left, MAX_TIMER_MS), undefined, { signal, ref: false })
  }
}
