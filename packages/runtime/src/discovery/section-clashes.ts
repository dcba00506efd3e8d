import { pathOf } from '../settings/keys.js'
import { runtimeSettingsSchema } from '../settings/runtime-schema.js'
import type { FoundPackage } from './walk.js'

/**
 * A line for each package whose section of the settings is another's, compared as settings are read: `my-store` and
 * `mystore` are one. An idle package may share that of a chosen one, never the server's own.
 */
export function sectionClashes(found: readonly FoundPackage[], chosen: readonly FoundPackage[]): string[] {
  const servers = new Map(
    Object.keys(runtimeSettingsSchema.properties).map((key) => [pathOf(`jex.${key}`), '@json-express/runtime']),
  ).set('auth', '@json-express/core')
  const owners = new Map(servers)
  return found.flatMap((pkg) => {
    const { section } = pkg.manifest
    const path = pathOf(`jex.${section}`)
    if (section === undefined || !(chosen.includes(pkg) || servers.has(path))) return []
    const owner = owners.get(path)
    owners.set(path, owner ?? pkg.name)
    if (owner === undefined) return []
    const remedy = servers.has(path) ? `remove ${pkg.name}` : 'remove one of them'
    return [`${owner} and ${pkg.name} both claim the settings jex.${section}.*: ${remedy}`]
  })
}
