import { createWriteLock, UnavailableError } from '@json-express/core'
import pRetry from 'p-retry'
import { isConflict } from './postgres-failure.js'

/** Runs work again when the server has undone it for the sake of other work. */
export interface ConflictRetry {
  statement<T>(work: () => Promise<T>): Promise<T>
  /** While work is undone again and again, transactions queue up behind it, so that they do not undo it forever. */
  transaction<T>(work: () => Promise<T>): Promise<T>
}

const TRIES = 11
/** From this try on, newcomers wait. Not earlier: a queue that is never empty would be the end of doing things at once. */
const PRESSING_TRY = 3

type Outcome<T> = { value: T } | { error: unknown }

/**
 * Tries everything at once, and what meets a conflict (a serialisation failure, a deadlock) again, one after the other:
 * so a crowd that wants the same row gets through. The turn has to come within `waitMs`; then 11 tries follow, with
 * pauses of up to 200 ms for the sake of other processes. The last conflict is thrown as it is.
 */
export function createConflictRetry(waitMs: number): ConflictRetry {
  const turn = createWriteLock(waitMs)
  let isPressing = false
  let conflict: unknown

  return {
    statement: atOnce,
    transaction: (work) => (isPressing ? inTurn(work) : atOnce(work)),
  }

  async function atOnce<T>(work: () => Promise<T>): Promise<T> {
    const outcome = await settle(work)
    if ('value' in outcome) return outcome.value
    if (!isConflict(outcome.error)) throw outcome.error
    conflict = outcome.error
    return inTurn(work)
  }

  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const outcome = await turn.run(() => retry(work)).catch(explain)
    if ('value' in outcome) return outcome.value
    throw outcome.error
  }

  /** pRetry has a mind of its own about errors that are TypeErrors or no errors at all, so it sees conflicts only. */
  async function retry<T>(work: () => Promise<T>): Promise<Outcome<T>> {
    const attempt = async (number: number) => {
      isPressing = number >= PRESSING_TRY
      const outcome = await settle(work)
      if ('error' in outcome && isConflict(outcome.error)) throw outcome.error
      return outcome
    }
    try {
      return await pRetry(attempt, { retries: TRIES - 1, minTimeout: 2, maxTimeout: 200, factor: 2, randomize: true })
    } finally {
      isPressing = false
    }
  }

  /** A turn that has not come is the fault of the conflict that made a queue of them. */
  function explain(error: unknown): { error: unknown } {
    const isLate = error instanceof UnavailableError && error.cause === undefined
    return { error: isLate ? new UnavailableError(error.message, { cause: conflict }) : error }
  }
}

async function settle<T>(work: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await work() }
  } catch (error) {
    return { error }
  }
}
