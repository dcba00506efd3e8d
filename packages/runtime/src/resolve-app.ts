import {
  type CollectionSchema,
  defaultRule,
  type IConfigProvider,
  type IDatabaseAdapter,
  type Model,
  readAuthSettings,
} from '@json-express/core'
import type { LoadedPackage } from './discovery/load.js'
import { type LoadedData, loadData, loadModels } from './models/load.js'
import { type ModelSources, type Resolved, resolveModels } from './models/resolve.js'
import { integerIds } from './models/stored-ids.js'
import { type Plan, planApp } from './plan.js'
import { loadsSchema } from './seeds.js'

export interface Described extends Resolved {
  /** What its database has to hold. */
  schemas: CollectionSchema[]
}

/** Everything that the files of an app say; nothing runs yet. */
export interface ResolvedApp {
  plan: Plan
  data: LoadedData[]
  /** Its models and routes, as far as the files alone say. */
  drafted: Described
  /** The same, with what the files leave open decided by what the database holds. Changes nothing there. */
  describe(db: IDatabaseAdapter): Promise<Described>
}

/** Reads an app: its packages, settings, models and data. Throws `BootError` with what to mend. */
export async function resolveApp(dir: string, env?: NodeJS.ProcessEnv): Promise<ResolvedApp> {
  return resolvePlan(await planApp(dir, env))
}

/** The files of an app whose packages and settings are known. Throws `BootError` with what to mend. */
export async function resolvePlan(plan: Plan): Promise<ResolvedApp> {
  const data = loadData(plan.app.dir)
  const sources: ModelSources = {
    packages: plan.packages.flatMap((pkg) =>
      modelsOf(pkg, plan.settings).map((model) => ({ origin: pkg.name, model })),
    ),
    app: await loadModels(plan.app.dir),
    data,
    authenticated: plan.packages.some(({ manifest }) => manifest.provides.includes('authenticate')),
    defaultRule: (name: string) => defaultRule(`/${name}`, readAuthSettings(plan.settings)),
  }
  const drafted = described(resolveModels(sources)) // bad files stop boot before anything is opened
  return {
    ...{ plan, data, drafted },
    async describe(db) {
      const integers = await integerIds(db, drafted.unsettled)
      return integers.size === 0 ? drafted : described(resolveModels({ ...sources, integerIds: integers }))
    },
  }
}

function described(resolved: Resolved): Described {
  return { ...resolved, schemas: [loadsSchema, ...resolved.models.map(({ schema }) => schema)] }
}

function modelsOf({ models }: LoadedPackage, settings: IConfigProvider): Model[] {
  return typeof models === 'function' ? models(settings) : models
}
