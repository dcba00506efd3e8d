import { BootError, type CollectionSchema, type IDatabaseAdapter } from '@json-express/core'
import type { FastifyInstance } from 'fastify'
import { explainDatabaseFailure } from './database-failure.js'
import { registerPackage } from './register-package.js'
import { resolveApp } from './resolve-app.js'
import { createServer, type LogStream } from './server.js'
import { ensureStateDirectory } from './state-directory.js'

/** The database of an app, without the rest of it. */
export interface AppDatabase {
  app: FastifyInstance
  db: IDatabaseAdapter
  /** What the app wants it to hold; nothing has been migrated. */
  schemas: CollectionSchema[]
}

/**
 * Opens the database of the app of a folder, hands it to `work` and closes it. Everything else that the app is made of
 * stays off: no rows are loaded, nothing listens. Throws `BootError` with what to mend.
 *
 * @param doing What the work is, for the line that tells that the database has stopped it: `the migration`.
 */
export async function withDatabase<T>(
  dir: string,
  log: LogStream,
  doing: string,
  work: (database: AppDatabase) => Promise<T>,
): Promise<T> {
  const { plan, describe } = await resolveApp(dir)
  const adapter = plan.packages.find(({ manifest }) => manifest.kind === 'adapter')
  if (!adapter) throw new BootError('This app has no database: npm install @json-express/adapter-sqlite')
  ensureStateDirectory(plan.app.dir)
  const app = await createServer(plan, { purpose: 'command', log })
  try {
    await registerPackage(app, adapter)
    const { schemas } = await describe(app.db)
    return await work({ app, db: app.db, schemas })
  } catch (error) {
    throw explainDatabaseFailure(error, adapter, doing)
  } finally {
    await app.close()
  }
}
