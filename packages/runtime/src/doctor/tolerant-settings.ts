import { authSettingsSchema, BootError, type IConfigProvider } from '@json-express/core'
import type { LoadedPackage } from '../discovery/load.js'
import { deriveSettings } from '../settings/derive.js'
import { runtimeSettingsSchema } from '../settings/runtime-schema.js'
import type { Sources } from '../settings/sources.js'
import { buildSettings, type Derive, type Section } from '../settings/validate.js'

/** The settings without the values that are wrong, and without the sections that lack something. */
export function tolerantSettings(given: Sources, packages: readonly LoadedPackage[]): IConfigProvider | null {
  const sources = { ...given, problems: [] }
  const sections = sectionsOf(packages).filter((section) => builds({ ...sources, values: [] }, [section]))
  const values = sources.values.filter((value) => builds({ ...sources, values: [value] }, sections))
  return builds({ ...sources, values }, sections, derive(sources))
}

function sectionsOf(packages: readonly LoadedPackage[]): Section[] {
  return [
    { name: '', schema: runtimeSettingsSchema, active: true, owner: '@json-express/runtime' },
    { name: 'auth', schema: authSettingsSchema, active: true, owner: '@json-express/core' },
    ...packages.flatMap(({ name: owner, manifest: { section }, configSchema }) =>
      section && configSchema ? [{ name: section, schema: configSchema, active: true, owner }] : [],
    ),
  ]
}

/** Address and URL as every start derives them; what they demand has been reported, and no secret is made. */
function derive({ dir: appDir, threadPool }: Sources): Derive {
  const strict = deriveSettings({ appDir, threadPool, authenticates: false, mails: false, warn: () => undefined })
  return (get, production) => ({ ...strict(get, production), problems: [] })
}

function builds(sources: Sources, sections: readonly Section[], derived?: Derive): IConfigProvider | null {
  try {
    return buildSettings(sources, sections, derived)
  } catch (error) {
    if (error instanceof BootError) return null
    throw error
  }
}
