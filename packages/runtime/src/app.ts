import {
  BootError,
  type IConfigProvider,
  isOpenByDefault,
  MigrationError,
  type Model,
  readAuthSettings,
} from '@json-express/core'
import type { FastifyInstance } from 'fastify'
import { createCollections } from './collections/collections.js'
import { createContextFactory } from './context.js'
import type { LoadedPackage } from './discovery/load.js'
import { healthRoutes, requireDependencies } from './health.js'
import { loadData, loadModels } from './models/load.js'
import { type Resolved, resolveModels } from './models/resolve.js'
import { isExposed } from './models/resolved-model.js'
import { type Plan, planApp } from './plan.js'
import { endpointRoutes } from './rest/endpoints.js'
import { restRoutes } from './rest/routes.js'
import { loadSeeds, loadsSchema } from './seeds.js'
import { createServer, type LogStream } from './server.js'
import { ensureStateDirectory } from './state-directory.js'

export interface AppOptions {
  /** The folder of the app, with its package.json. */
  dir: string
  /** Default: the environment of the process. */
  env?: NodeJS.ProcessEnv
  /** What the app does, as `app.purpose`. Default `serve`. */
  purpose?: FastifyInstance['purpose']
  /** Takes the warnings of the log and worse, in place of stdout. */
  log?: LogStream
}

/**
 * Boots the app of a folder up to the point where it could listen: packages found and wired, database migrated, data
 * loaded, every dependency asked. Throws `BootError` with what to mend; nothing is left open then.
 */
export async function createApp({ dir, env, purpose = 'serve', log }: AppOptions): Promise<FastifyInstance> {
  const plan = await planApp(dir, env)
  ensureStateDirectory(plan.app.dir)
  const data = loadData(plan.app.dir)
  const resolved = resolveModels({
    packages: plan.packages.flatMap((pkg) =>
      modelsOf(pkg, plan.settings).map((model) => ({ origin: pkg.name, model })),
    ),
    app: await loadModels(plan.app.dir),
    data,
    authenticated: plan.packages.some(({ manifest }) => manifest.provides.includes('authenticate')),
    isOpen: (name) => isOpenByDefault(`/${name}`, readAuthSettings(plan.settings)),
  })
  const app = await createServer(plan.settings, log)
  app.decorate('purpose', purpose)
  app.decorate('takesJobs', purpose === 'worker' || (purpose === 'serve' && plan.settings.get('worker') === true))
  app.decorate('dir', plan.app.dir)
  try {
    logPlan(app, plan)
    const context = createContextFactory(app)
    for (const { name, kind, plugin, section } of plan.packages.map(registration)) {
      await app.register(plugin, plan.settings.section(section ?? name))
      if (kind === 'adapter') {
        await migrate(app, resolved)
        app.decorate('collections', createCollections({ models: resolved.models, db: app.db, context, log: app.log }))
        await loadSeeds(app.db, resolved.models, data, app.log)
      }
    }
    await app.register(healthRoutes)
    await app.register(restRoutes, { models: resolved.models })
    for (const { name, endpoints } of [...resolved.models, ...resolved.routes]) {
      await app.register(endpointRoutes, { prefix: `/${name}`, endpoints, context })
    }
    if (purpose === 'serve') {
      const served = [...resolved.models.filter(isExposed), ...resolved.routes].map(({ name }) => `/${name}`)
      app.log.info(`serving ${served.join(', ') || 'nothing yet: put a model into models/ or rows into data/*.json'}`)
    }
    if (purpose === 'worker' && !app.hasDecorator('queue')) throw new BootError(NO_QUEUE)
    await requireDependencies(app)
    await app.ready()
    return app
  } catch (error) {
    await app.close().catch((err: unknown) => app.log.debug({ err }, 'closing after a failed boot'))
    throw error instanceof MigrationError ? new BootError(error.message, { cause: error }) : error
  }
}

const NO_QUEUE = 'There is no queue to work: npm install @json-express/queue-bullmq, or start the server alone'

function registration({ name, manifest, plugin }: LoadedPackage) {
  return { name, plugin, kind: manifest.kind, section: manifest.section }
}

function modelsOf({ models }: LoadedPackage, settings: IConfigProvider): Model[] {
  return typeof models === 'function' ? models(settings) : models
}

async function migrate(app: FastifyInstance, { models }: Resolved): Promise<void> {
  const report = await app.db.migrate([loadsSchema, ...models.map(({ schema }) => schema)])
  if (report.created.length > 0) app.log.info(`created ${report.created.join(', ')}`)
  if (report.extended.length > 0) app.log.info(`extended ${report.extended.join(', ')}`)
  for (const warning of report.warnings) app.log.warn(warning)
}

function logPlan(app: FastifyInstance, plan: Plan): void {
  for (const { slot, chosen, why } of plan.choices) app.log.info(`${slot}: ${chosen.name} (${why})`)
  for (const warning of plan.warnings) app.log.warn(warning)
}
