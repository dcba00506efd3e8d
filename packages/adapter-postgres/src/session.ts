import type { IDatabaseSession } from '@json-express/core'
import type { Operations, Step } from './operations.js'

/** Decides when and on which connection a step runs, and whether it may. */
export type Runner = <T>(step: Step<T>) => Promise<T>

/** A session whose reads and writes may go different ways. */
export function createSession(
  operations: Operations,
  { read, write }: { read: Runner; write: Runner },
): IDatabaseSession {
  return {
    insert: async (collection, row) => write(operations.insert(collection, row)),
    insertMany: async (collection, rows) => write(operations.insertMany(collection, rows)),
    findByIds: async (collection, ids, fields) => read(operations.findByIds(collection, ids, fields)),
    find: async (collection, query) => read(operations.find(collection, query)),
    count: async (collection, filter) => read(operations.count(collection, filter)),
    update: async (collection, id, changes, condition) => write(operations.update(collection, id, changes, condition)),
    delete: async (collection, id, condition) => write(operations.delete(collection, id, condition)),
  }
}
