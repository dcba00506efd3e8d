import type { Connection } from './connection.js'

/** Undoes all that `work` wrote when it throws, and nothing else of the transaction under way. */
export function atomically(connection: Connection, work: () => void): void {
  connection.exec('SAVEPOINT step')
  try {
    work()
    connection.exec('RELEASE step')
  } catch (error) {
    // A full disk has ended the whole transaction already (https://sqlite.org/lang_transaction.html, section 3.2).
    if (connection.inTransaction) connection.exec('ROLLBACK TO step; RELEASE step')
    throw error
  }
}
