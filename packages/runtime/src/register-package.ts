import { BootError, MigrationError, UnavailableError } from '@json-express/core'
import type { FastifyInstance } from 'fastify'
import type { LoadedPackage } from './discovery/load.js'

/** Where a capability is found once it is there. Those that packages name among themselves are theirs to check. */
const DECORATORS: Readonly<Record<string, string>> = {
  adapter: 'db',
  kv: 'kv',
  queue: 'queue',
  email: 'email',
  authenticate: 'authenticate',
  ratelimit: 'rateLimiter',
}

/**
 * Registers a package with its section of the settings. Throws `BootError` when it does not bring what it says it
 * provides; what it throws itself is told under its name.
 */
export async function registerPackage(app: FastifyInstance, { name, manifest, plugin }: LoadedPackage): Promise<void> {
  try {
    await app.register(plugin, app.settings.section(manifest.section ?? name))
  } catch (cause) {
    if (FORESEEN.some((kind) => cause instanceof kind)) throw cause
    throw new Error(`${name} does not start: ${cause instanceof Error ? cause.message : cause}`, { cause })
  }
  for (const capability of manifest.provides) {
    const decorator = DECORATORS[capability]
    if (decorator === undefined || app.hasDecorator(decorator)) continue
    throw new BootError(
      `${name} says it provides ${capability}, and there is no app.${decorator} after it: its author has to decorate app with it, in a plugin wrapped with fastify-plugin. Until then remove ${name}`,
    )
  }
}

/** They say what to mend, each for itself. */
const FORESEEN = [BootError, MigrationError, UnavailableError]
