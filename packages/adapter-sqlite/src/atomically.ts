import type { Connection } from './connection.js'

/** Runs many writes as one, inside a transaction or not. */
export function atomically(connection: Connection, work: () => void): void {
  const [begin, commit, undo] = connection.inTransaction
    ? ['SAVEPOINT step', 'RELEASE step', 'ROLLBACK TO step; RELEASE step']
    : ['BEGIN IMMEDIATE', 'COMMIT', 'ROLLBACK']
  connection.exec(begin)
  try {
    work()
    connection.exec(commit)
  } catch (error) {
    // A full disk has ended the transaction already (https://sqlite.org/lang_transaction.html, section 3.2).
    if (connection.inTransaction) connection.exec(undo)
    throw error
  }
}
