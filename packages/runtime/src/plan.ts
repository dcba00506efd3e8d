import { authSettingsSchema, type IConfigProvider, SLOTS, type Slot } from '@json-express/core'
import { idleSchema, type LoadedPackage, loadPackages } from './discovery/load.js'
import { type Choice, chooseSlots } from './discovery/slots.js'
import { type AppPackage, type FoundPackage, walk } from './discovery/walk.js'
import { deriveSettings } from './settings/derive.js'
import { runtimeSettingsSchema } from './settings/runtime-schema.js'
import { find, readSources, type Sources } from './settings/sources.js'
import { buildSettings, type Section } from './settings/validate.js'

/** Which packages an app consists of: read from package.json files alone, nothing is loaded. */
export interface PackagePlan {
  app: AppPackage
  sources: Sources
  found: FoundPackage[]
  choices: Choice[]
  /** In load order. */
  chosen: FoundPackage[]
  idle: FoundPackage[]
}

/** An app with its packages loaded and its settings checked; nothing runs yet. */
export interface Plan extends PackagePlan {
  packages: LoadedPackage[]
  settings: IConfigProvider
  /** For the log, once there is one. */
  warnings: string[]
}

export function planPackages(dir: string, env?: NodeJS.ProcessEnv): PackagePlan {
  const { app, found } = walk(dir)
  const sources = readSources(app.dir, env)
  const preferred: Partial<Record<Slot, string>> = {}
  for (const slot of SLOTS) {
    const name = find(sources.values, slot)
    if (name !== undefined) preferred[slot] = name
  }
  return { app, sources, found, ...chooseSlots(found, preferred) }
}

export async function planApp(dir: string, env?: NodeJS.ProcessEnv): Promise<Plan> {
  const plan = planPackages(dir, env)
  const packages = await loadPackages(plan.chosen)
  const warnings: string[] = []
  const provides = (capability: string) => packages.some(({ manifest }) => manifest.provides.includes(capability))
  const settings = buildSettings(
    plan.sources,
    await sectionsOf(plan, packages),
    deriveSettings({
      appDir: plan.app.dir,
      threadPool: plan.sources.threadPool,
      authenticates: provides('authenticate'),
      mails: provides('email'),
      warn: (message) => void warnings.push(message),
    }),
  )
  return { ...plan, packages, settings, warnings }
}

/** The whole `auth` section belongs to core, so that signer and verifier read the same; each package has its own. */
async function sectionsOf({ idle }: PackagePlan, packages: readonly LoadedPackage[]): Promise<Section[]> {
  const sections: Section[] = [
    { name: '', schema: runtimeSettingsSchema, active: true, owner: '@json-express/runtime' },
    { name: 'auth', schema: authSettingsSchema, active: true, owner: '@json-express/core' },
  ]
  for (const { name: owner, manifest, configSchema } of packages) {
    if (manifest.section && configSchema)
      sections.push({ name: manifest.section, schema: configSchema, active: true, owner })
  }
  for (const pkg of idle) {
    const { section } = pkg.manifest
    const schema = section === undefined ? undefined : await idleSchema(pkg)
    if (section && schema) sections.push({ name: section, schema, active: false, owner: pkg.name })
  }
  return sections
}
