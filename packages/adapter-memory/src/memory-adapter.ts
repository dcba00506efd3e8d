import { createWriteLock, type IDatabaseAdapter, type IDatabaseSession, UnavailableError } from '@json-express/core'
import { migrate } from './migrate.js'
import { operations } from './operations.js'
import { createStoreLayer, type Store, type Table } from './table.js'

/** How long a write waits for a transaction. */
const WRITE_WAIT_MS = 5000

/** A database that is gone with the process. */
export function createMemoryAdapter(): IDatabaseAdapter {
  const tables = new Map<string, Table>()
  const committed: Store = { table: (name) => tableOf(tables, name), names: () => [...tables.keys()] }
  const lock = createWriteLock(WRITE_WAIT_MS)
  let closing: Promise<void> | undefined

  return {
    ...createSession(committed, assertOpen, (step) => lock.run(() => step(committed))),

    async migrate(schemas) {
      assertOpen()
      return lock.run(() => migrate(tables, schemas))
    },

    async plan(schemas) {
      assertOpen()
      return lock.run(() => ({ ...migrate(new Map(tables), schemas), statements: [] }))
    },

    async transaction(work) {
      assertOpen()
      return lock.run(async () => {
        const draft = createStoreLayer(committed)
        let over = false
        const assertRunning = () => {
          if (over) throw new Error('This transaction is over, its session cannot be used any more')
        }
        try {
          const result = await work(createSession(draft, assertRunning, async (step) => step(draft)))
          draft.commit()
          return result
        } finally {
          over = true
        }
      })
    },

    health: async () => assertOpen(),

    close() {
      closing ??= lock.run(() => tables.clear(), null)
      return closing
    },
  } satisfies IDatabaseAdapter

  function assertOpen() {
    if (closing !== undefined) throw new UnavailableError('The database is closed')
  }
}

function createSession(
  store: Store,
  assertUsable: () => void,
  write: <T>(step: (store: Store) => T) => Promise<T>,
): IDatabaseSession {
  const usable = () => {
    assertUsable()
    return store
  }
  return {
    insert: async (collection, row) => write(operations.insert(usable(), collection, row)),
    insertMany: async (collection, rows) => write(operations.insertMany(usable(), collection, rows)),
    findByIds: async (collection, ids, fields) => operations.findByIds(usable(), collection, ids, fields),
    find: async (collection, query) => operations.find(usable(), collection, query),
    count: async (collection, filter) => operations.count(usable(), collection, filter),
    update: async (collection, id, changes, condition) =>
      write(operations.update(usable(), collection, id, changes, condition)),
    delete: async (collection, id, condition) => write(operations.delete(usable(), collection, id, condition)),
  }
}

function tableOf(tables: ReadonlyMap<string, Table>, name: string): Table {
  const table = tables.get(name)
  if (table === undefined) throw new TypeError(`There is no collection ${JSON.stringify(name)}, migrate it first`)
  return table
}
