import type { IDatabaseSession } from '@json-express/core'
import type { Operations } from './operations.js'

/** Decides when a step runs, and whether it may. */
export type Runner = <T>(step: () => T) => Promise<T>

interface Side {
  operations: Operations
  run: Runner
}

/** A session whose reads and writes may go different ways. */
export function createSession(read: Side, write: Side): IDatabaseSession {
  return {
    insert: async (collection, row) => write.run(write.operations.insert(collection, row)),
    insertMany: async (collection, rows) => write.run(write.operations.insertMany(collection, rows)),
    findByIds: async (collection, ids, fields) => read.run(read.operations.findByIds(collection, ids, fields)),
    find: async (collection, query) => read.run(read.operations.find(collection, query)),
    count: async (collection, filter) => read.run(read.operations.count(collection, filter)),
    update: async (collection, id, changes, condition) =>
      write.run(write.operations.update(collection, id, changes, condition)),
    delete: async (collection, id, condition) => write.run(write.operations.delete(collection, id, condition)),
  }
}
