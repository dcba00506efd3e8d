const FIRST_MS = 30_000
const LONGEST_MS = 15 * 60_000

/** When what failed may be tried again, at longer and longer intervals. A new process begins anew: its operator may have mended it. */
export interface RetryTimes {
  isEarly(id: string): boolean
  failed(id: string): void
  /** There is nothing more to try. */
  settled(id: string): void
}

export function createRetryTimes(): RetryTimes {
  const times = new Map<string, { waitMs: number; at: number }>()
  return {
    isEarly: (id) => (times.get(id)?.at ?? 0) > Date.now(),
    failed(id) {
      const waitMs = Math.min((times.get(id)?.waitMs ?? FIRST_MS / 2) * 2, LONGEST_MS)
      times.set(id, { waitMs, at: Date.now() + waitMs * (0.5 + Math.random() / 2) })
    },
    settled: (id) => void times.delete(id),
  }
}
