/** What ioredis says of a command without an answer. */
const TIMED_OUT = 'Command timed out'
/** A timer that comes later than this tells that the process was busy, and nothing of Redis. */
export const BUSY_MS = 100

/**
 * Rejects when the work takes longer. The time-out of ioredis begins when a command is sent, and one may wait for those
 * before it. After a while in which the process was busy itself, the answer gets the time once more.
 */
export async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const wait = (again: boolean) => {
      const due = performance.now() + milliseconds
      timer = setTimeout(() => {
        if (again && performance.now() - due > BUSY_MS) wait(false)
        else reject(new Error(TIMED_OUT))
      }, milliseconds)
    }
    if (Number.isFinite(milliseconds)) wait(true)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

export function timedOut(error: unknown): boolean {
  return error instanceof Error && error.message === TIMED_OUT
}
