import type { Finding } from '@json-express/core'
import type { FastifyInstance } from 'fastify'
import { createCollections } from '../collections/collections.js'
import { createContextFactory } from '../context.js'
import type { LoadedPackage } from '../discovery/load.js'
import type { Plan } from '../plan.js'
import { registerPackage } from '../register-package.js'
import type { ResolvedApp } from '../resolve-app.js'
import { endpointRoutes } from '../rest/endpoints.js'
import { restRoutes } from '../rest/routes.js'
import { createServer } from '../server.js'
import { problemFindings } from './problem-findings.js'
import { slotsWithoutFile } from './store-files.js'

/** What fills a slot, by the kind of its package. */
const DECORATORS = { adapter: 'db', kv: 'kv', queue: 'queue', email: 'email' } as const
const NO_LOG = { write: () => undefined }

/**
 * Puts an app together as far as it goes, the way a boot does, and stops before it would change anything: nothing is
 * migrated, loaded, made or listening. Each provider is made alone, and one that cannot be has a stand-in, so that what is
 * down hides nothing of the rest.
 */
export async function assemble(
  plan: Plan,
  resolved: ResolvedApp | null,
): Promise<{ app: FastifyInstance; problems: Finding[] }> {
  const app = await createServer(plan, { purpose: 'command', log: NO_LOG })
  await Promise.all(plan.packages.map((pkg) => provide(app, plan, pkg)))
  if (resolved === null) return { app, problems: [] } // the packages could not find their models either
  // of a database that is down or not there yet nothing is asked
  const { models, routes } = await resolved.describe(app.db).catch(() => resolved.drafted)
  const context = createContextFactory(app)
  if (app.hasDecorator('db')) {
    app.decorate('collections', createCollections({ models, db: app.db, context, log: app.log }))
  }
  let about = ''
  try {
    for (const pkg of plan.packages.filter(({ manifest }) => !isProvider(manifest.kind))) {
      about = pkg.name
      await registerPackage(app, pkg)
    }
    about = 'models'
    await app.register(restRoutes, { models })
    for (const { name, endpoints } of [...models, ...routes]) {
      await app.register(endpointRoutes, { prefix: `/${name}`, endpoints, context })
    }
    return { app, problems: [] }
  } catch (error) {
    return { app, problems: problemFindings(error, about) } // Fastify registers nothing after a plugin that failed
  }
}

function isProvider(kind: string): kind is keyof typeof DECORATORS {
  return kind in DECORATORS
}

/** Decorates the app with what a package fills its slot with, made in a server of its own: one that fails fails alone. */
async function provide(app: FastifyInstance, plan: Plan, pkg: LoadedPackage): Promise<void> {
  const { kind } = pkg.manifest
  if (!isProvider(kind)) return
  const name = DECORATORS[kind]
  const absent = slotsWithoutFile({ plan, settings: plan.settings }).find(({ slot }) => slot === kind)
  const own = await createServer(plan, { purpose: 'command', log: NO_LOG })
  app.addHook('onClose', () => own.close())
  try {
    if (absent) throw new Error(`there is no ${absent.file}`) // opened, it would be made
    await registerPackage(own, pkg)
    app.decorate(name, { getter: () => own[name] as never })
  } catch (error) {
    app.decorate(name, { getter: () => standIn(error) })
  }
}

/** A provider that refuses whatever it is asked, with the reason why there is no better one. */
function standIn(reason: unknown): never {
  const refuse = () => Promise.reject(reason)
  return new Proxy({}, { get: (_, name) => (name === 'then' ? undefined : refuse) }) as never
}
