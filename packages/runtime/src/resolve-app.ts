import {
  type CollectionSchema,
  defaultRule,
  type IConfigProvider,
  type Model,
  readAuthSettings,
} from '@json-express/core'
import type { LoadedPackage } from './discovery/load.js'
import { type LoadedData, loadData, loadModels } from './models/load.js'
import { type Resolved, resolveModels } from './models/resolve.js'
import { type Plan, planApp } from './plan.js'
import { loadsSchema } from './seeds.js'

/** Everything that the files of an app say; nothing runs yet. */
export interface ResolvedApp extends Resolved {
  plan: Plan
  data: LoadedData[]
  /** What its database has to hold. */
  schemas: CollectionSchema[]
}

/** Reads an app: its packages, settings, models and data. Throws `BootError` with what to mend. */
export async function resolveApp(dir: string, env?: NodeJS.ProcessEnv): Promise<ResolvedApp> {
  const plan = await planApp(dir, env)
  const data = loadData(plan.app.dir)
  const resolved = resolveModels({
    packages: plan.packages.flatMap((pkg) =>
      modelsOf(pkg, plan.settings).map((model) => ({ origin: pkg.name, model })),
    ),
    app: await loadModels(plan.app.dir),
    data,
    authenticated: plan.packages.some(({ manifest }) => manifest.provides.includes('authenticate')),
    defaultRule: (name) => defaultRule(`/${name}`, readAuthSettings(plan.settings)),
  })
  return { ...resolved, plan, data, schemas: [loadsSchema, ...resolved.models.map(({ schema }) => schema)] }
}

function modelsOf({ models }: LoadedPackage, settings: IConfigProvider): Model[] {
  return typeof models === 'function' ? models(settings) : models
}
