import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import {
  API_VERSION,
  BootError,
  type Command,
  type Diagnose,
  type IConfigProvider,
  type Model,
} from '@json-express/core'
import type { FastifyPluginAsync } from 'fastify'
import semver from 'semver'
import type { TSchema } from 'typebox'
import { type FoundPackage, resolvePackage } from './walk.js'

export interface LoadedPackage extends FoundPackage {
  plugin: FastifyPluginAsync<Record<string, unknown>>
  /** The schema of its section of the settings. */
  configSchema?: TSchema
  /** Models it brings, or makes once the settings are known. */
  models: Model[] | ((settings: IConfigProvider) => Model[])
  /** What it adds to `json-express`. */
  commands: Command[]
  /** What it tells `json-express doctor`. */
  diagnose?: Diagnose
}

/**
 * Imports the chosen packages. Throws one `BootError` with every package that does not load, was written for another
 * contract version, or brings a copy of core of its own.
 */
export async function loadPackages(chosen: readonly FoundPackage[]): Promise<LoadedPackage[]> {
  const loaded = await Promise.all(
    chosen.map(async (pkg): Promise<LoadedPackage | string> => {
      try {
        return incompatibility(pkg) ?? (await load(pkg))
      } catch (cause) {
        const [line = ''] = String(cause instanceof Error ? cause.message : cause).split('\n')
        return `${pkg.name} does not load: ${line}. Reinstall it, or remove it from package.json`
      }
    }),
  )
  const problems = loaded.filter((result) => typeof result === 'string')
  if (problems.length > 0) throw new BootError(problems)
  return loaded.filter((result) => typeof result !== 'string')
}

/**
 * The settings schema of a package that is installed but idle, so that its keys are known. One without names of keys when
 * it does not load: it was not chosen, so it may be broken.
 */
export async function idleSchema(pkg: FoundPackage): Promise<TSchema> {
  try {
    return (await load(pkg)).configSchema ?? {}
  } catch {
    return {}
  }
}

async function load(pkg: FoundPackage): Promise<LoadedPackage> {
  const module: Record<string, unknown> = await import(pathToFileURL(join(pkg.dir, entryOf(pkg))).href)
  const { default: plugin, configSchema, models = [], commands = [], diagnose } = module
  if (typeof plugin !== 'function') throw new Error('its default export is not a Fastify plugin')
  if (!areCommands(commands)) throw new Error('its export commands is not a list of commands with name and run')
  if (diagnose !== undefined && typeof diagnose !== 'function') throw new Error('its export diagnose is not a function')
  return {
    ...pkg,
    plugin: plugin as LoadedPackage['plugin'],
    models: models as LoadedPackage['models'],
    commands,
    ...(diagnose !== undefined && { diagnose: diagnose as Diagnose }),
    ...(configSchema !== undefined && { configSchema: configSchema as TSchema }),
  }
}

function areCommands(exported: unknown): exported is Command[] {
  return (
    Array.isArray(exported) && exported.every(({ name, run }) => typeof name === 'string' && typeof run === 'function')
  )
}

/** The file that importing the package would load (Node's `exports` conditions, in the order they are written). */
function entryOf({ packageJson }: FoundPackage): string {
  const { exports, main } = packageJson as { exports?: unknown; main?: string }
  const entry = exports === undefined ? (main ?? 'index.js') : target(exports)
  if (entry === undefined) throw new Error('its package.json exports nothing to import')
  return entry
}

function target(exports: unknown): string | undefined {
  if (typeof exports === 'string') return exports
  if (typeof exports !== 'object' || exports === null) return undefined
  const conditions = exports as Record<string, unknown>
  if ('.' in conditions) return target(conditions['.'])
  const condition = Object.keys(conditions).find((key) => ['node', 'import', 'default'].includes(key))
  return condition === undefined ? undefined : target(conditions[condition])
}

/** Why a package cannot work with this runtime, or `null`. */
function incompatibility({ name, dir, manifest, packageJson }: FoundPackage): string | null {
  if (manifest.api !== API_VERSION) {
    return `${name} was written for api ${manifest.api}, this server speaks api ${API_VERSION}: update one of them`
  }
  const core = resolvePackage('@json-express/core', dir)
  if (core !== null && core !== CORE_DIR) {
    return `Two copies of @json-express/core are installed: ${core} (for ${name}) and ${CORE_DIR}. Run npm dedupe, or bring their versions in line`
  }
  for (const [peer, range] of Object.entries(packageJson.peerDependencies ?? {})) {
    const installed = resolvePackage(peer, dir)
    const version = installed && versionOf(installed)
    if (version && semver.validRange(range) && !semver.satisfies(version, range, { includePrerelease: true })) {
      return `${name} needs ${peer} ${range}, but ${version} is installed: update one of them`
    }
  }
  return null
}

/** The folder of the runtime's own core: the nearest one above its entry file. */
const CORE_DIR = packageDirectory(fileURLToPath(import.meta.resolve('@json-express/core')))

function packageDirectory(file: string): string {
  const dir = dirname(file)
  return existsSync(join(dir, 'package.json')) ? realpathSync(dir) : packageDirectory(dir)
}

function versionOf(dir: string): string | undefined {
  const { version } = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8')) as { version?: string }
  return version
}
