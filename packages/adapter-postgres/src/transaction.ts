import { createWriteLock, type IDatabaseSession, UnavailableError } from '@json-express/core'
import type { Connection } from './connection.js'
import { LostCommit, type TransactionName } from './lost-commit.js'
import type { Operations } from './operations.js'
import { isConflict } from './postgres-failure.js'
import { createSession, type Runner } from './session.js'

/**
 * Runs `work` in one serialisable transaction. Throws what `work` throws, and `UnavailableError` when the server has
 * given the transaction up; one that `isConflict` is told of can be run again. `LostCommit` when it may have happened.
 */
export async function runTransaction<T>(
  connection: Connection,
  operations: Operations,
  work: (session: IDatabaseSession) => Promise<T>,
): Promise<T> {
  // One connection does one thing after the other.
  const turn = createWriteLock(0)
  let over = false
  let failure: unknown
  let name: TransactionName | undefined

  await connection.command('BEGIN ISOLATION LEVEL SERIALIZABLE')
  try {
    const result = await work(createSession(operations, { read: runner(false), write: runner(true) }))
    await end()
    if (failure !== undefined) throw givenUp()
    await commit(connection).catch((cause: unknown) => {
      throw connection.usable || name === undefined ? cause : new LostCommit(name, result, cause)
    })
    return result
  } catch (error) {
    await end()
    // Where this fails, too, the connection is not clean and is not lent again, which ends the transaction.
    if (connection.usable) await connection.command('ROLLBACK').catch(() => {})
    // Whatever `work` has made of it.
    throw isConflict(failure) ? failure : error
  }

  function runner(writes: boolean): Runner {
    return (step) =>
      turn.run(async () => {
        if (over) throw new Error('This transaction is over, its session cannot be used any more')
        if (failure !== undefined) throw givenUp()
        if (writes) await savepoint()
        try {
          return await step(connection)
        } catch (error) {
          await recover(error, writes)
          throw error
        }
      }, null)
  }

  /**
   * A write that is refused takes itself back alone, so that `work` may go on. PostgreSQL would end the transaction. The
   * first one brings its number along, by which it is known when COMMIT is not answered.
   */
  async function savepoint(): Promise<void> {
    const before = name === undefined ? 'SELECT pg_current_xact_id()' : 'RELEASE SAVEPOINT step'
    const { rows } = await attempt(() => connection.command(`${before}; SAVEPOINT step`))
    name ??= { xid: String(rows[0]?.[0]), life: await attempt(() => connection.life()) }
  }

  async function recover(error: unknown, writes: boolean): Promise<void> {
    if (!writes || isConflict(error) || !connection.usable) failure = error
    else await attempt(() => connection.command('ROLLBACK TO SAVEPOINT step'))
  }

  async function attempt<R>(command: () => Promise<R>): Promise<R> {
    try {
      return await command()
    } catch (error) {
      failure = error
      throw error
    }
  }

  /** Lets no more calls in, and waits for those that nobody has waited for. */
  async function end(): Promise<void> {
    await turn.run(() => {
      over = true
    }, null)
  }

  function givenUp(): UnavailableError {
    return new UnavailableError('The database has given up this transaction', { cause: failure })
  }
}

/** Throws `UnavailableError` when the outcome is not known, or is that nothing was done. */
export async function commit(connection: Connection): Promise<void> {
  const { command } = await connection.command('COMMIT')
  if (command !== 'COMMIT') throw new UnavailableError('The database has not committed this transaction')
}
