import { BootError, type CollectionSchema } from '@json-express/core'
import type { FastifyInstance } from 'fastify'
import { logPlan } from './boot-log.js'
import { createCollections } from './collections/collections.js'
import { createContextFactory } from './context.js'
import { explainDatabaseFailure } from './database-failure.js'
import type { LoadedPackage } from './discovery/load.js'
import { refuseEarlyRoutes } from './early-routes.js'
import { healthRoutes, requireDependencies } from './health.js'
import type { Resolved } from './models/resolve.js'
import { isExposed } from './models/resolved-model.js'
import { registerPackage } from './register-package.js'
import { resolveApp } from './resolve-app.js'
import { endpointRoutes } from './rest/endpoints.js'
import { restRoutes } from './rest/routes.js'
import { loadSeeds } from './seeds.js'
import { createServer, type LogStream } from './server.js'
import { ensureStateDirectory } from './state-directory.js'

export interface AppOptions {
  /** The folder of the app, with its package.json. */
  dir: string
  /** Default: the environment of the process. */
  env?: NodeJS.ProcessEnv
  /** What the app does, as `app.purpose`. Default `serve`. */
  purpose?: FastifyInstance['purpose']
  /** Takes the events of the log, its warnings and worse, in place of stdout. */
  log?: LogStream
}

/**
 * Boots the app of a folder up to the point where it could listen: packages found and wired, database migrated, data
 * loaded, every dependency asked. Throws `BootError` with what to mend; nothing is left open then.
 */
export async function createApp({ dir, env, purpose = 'serve', log }: AppOptions): Promise<FastifyInstance> {
  const { plan, data, describe } = await resolveApp(dir, env)
  ensureStateDirectory(plan.app.dir)
  const app = await createServer(plan, { purpose, log })
  try {
    logPlan(app.log, plan)
    const context = createContextFactory(app)
    const early = refuseEarlyRoutes(app, plan.packages)
    let served: Pick<Resolved, 'models' | 'routes'> = { models: [], routes: [] }
    for (const pkg of plan.packages) {
      early.registering = pkg.name
      await registerPackage(app, pkg)
      if (pkg.manifest.kind === 'adapter') {
        const { models, routes, schemas } = await describe(app.db)
        served = { models, routes }
        await onDatabase(pkg, 'the migration', () => migrate(app, schemas))
        app.decorate('collections', createCollections({ models, db: app.db, context, log: app.log }))
        await onDatabase(pkg, 'the loading of data/', () => loadSeeds(app.db, models, data, app.log))
      }
    }
    const { models, routes } = served
    await app.register(healthRoutes)
    await app.register(restRoutes, { models })
    for (const { name, endpoints } of [...models, ...routes]) {
      try {
        await app.register(endpointRoutes, { prefix: `/${name}`, endpoints, context })
      } catch (error) {
        throw isTaken(error) ? new BootError(takenBy(name, error), { cause: error }) : error
      }
    }
    if (purpose === 'serve') {
      const paths = [...models.filter(isExposed), ...routes].map(({ name }) => `/${name}`)
      app.log.info(`serving ${paths.join(', ') || 'nothing yet: put a model into models/ or rows into data/*.json'}`)
    }
    if (purpose === 'worker' && !app.hasDecorator('queue')) throw new BootError(NO_QUEUE)
    await requireDependencies(app)
    await app.ready()
    return app
  } catch (error) {
    await app.close().catch((err: unknown) => app.log.debug({ err }, 'closing after a failed boot'))
    throw error
  }
}

/** The app's own files have been checked: what is taken now belongs to a package. */
function isTaken(error: unknown): error is Error {
  return (error as { code?: unknown }).code === 'FST_ERR_DUPLICATED_ROUTE'
}

function takenBy(name: string, { message }: Error): string {
  return `The endpoints of ${name} want a route that a package has: ${message}. Choose another path`
}

const NO_QUEUE = 'There is no queue to work: npm install @json-express/queue-bullmq, or start the server alone'

async function onDatabase(adapter: LoadedPackage, doing: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    throw explainDatabaseFailure(error, adapter, doing)
  }
}

async function migrate(app: FastifyInstance, schemas: readonly CollectionSchema[]): Promise<void> {
  const report = await app.db.migrate(schemas)
  if (report.created.length > 0) app.log.info(`created ${report.created.join(', ')}`)
  if (report.extended.length > 0) app.log.info(`extended ${report.extended.join(', ')}`)
  for (const warning of report.warnings) app.log.warn(warning)
}
