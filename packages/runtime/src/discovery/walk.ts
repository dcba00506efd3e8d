import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { BootError, type Manifest, manifestSchema } from '@json-express/core'
import { Ajv, type ErrorObject } from 'ajv'

export interface AppPackage {
  dir: string
  name: string
  packageJson: PackageJson
}

export interface FoundPackage {
  name: string
  version: string
  /** Real path, symlinks resolved. */
  dir: string
  manifest: Manifest
  packageJson: PackageJson
  /** The packages between the app and this one, `[]` for a direct dependency. */
  via: string[]
}

export interface PackageJson {
  name?: string
  version?: string
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
  jsonExpress?: unknown
}

const validManifest = new Ajv({ strict: false, useDefaults: true, allErrors: true }).compile<Manifest>(manifestSchema)

/**
 * Finds the JSONExpress packages of an app: those of its `dependencies` that declare themselves, and theirs, breadth
 * first so that the nearest is found first. Each is resolved from the folder of the one that depends on it, which holds
 * for npm, pnpm and yarn with node_modules alike. Of several copies the nearest counts. Throws one `BootError` with every
 * package that is missing, malformed, or there in two versions at one distance.
 */
export function walk(dir: string): { app: AppPackage; found: FoundPackage[] } {
  const app = readApp(dir)
  const problems: string[] = []
  const found = new Map<string, FoundPackage>()
  const waiting: { dir: string; packageJson: PackageJson; via: string[]; of: string }[] = [
    { ...app, via: [], of: 'the app' },
  ]
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const optional = next.packageJson.optionalDependencies ?? {}
    for (const name of Object.keys({ ...next.packageJson.dependencies, ...optional })) {
      const target = resolvePackage(name, next.dir)
      if (target === null) {
        if (!(name in optional)) problems.push(`${name} is a dependency of ${next.of} but not installed: npm install`)
        continue
      }
      const packageJson = readJson(join(target, 'package.json'))
      if (packageJson.jsonExpress === undefined || found.has(target)) continue
      const version = packageJson.version ?? '0.0.0'
      const nearer = [...found.values()].find((other) => other.name === name)
      if (nearer !== undefined) {
        if (nearer.via.length === next.via.length && nearer.version !== version) {
          problems.push(
            `${name} is installed as ${nearer.version} (through ${nearer.via.join(' > ')}) and as ${version} (through ${next.via.join(' > ')}). Choose one: npm install ${name}`,
          )
        }
        continue
      }
      const manifest = structuredClone(packageJson.jsonExpress)
      if (!validManifest(manifest)) {
        const reasons = (validManifest.errors ?? []).map(reason).join(', ')
        problems.push(`${name}: the jsonExpress field of its package.json is malformed: ${reasons}`)
        continue
      }
      found.set(target, { name, version, dir: target, manifest, packageJson, via: next.via })
      waiting.push({ dir: target, packageJson, via: [...next.via, name], of: name })
    }
  }
  if (problems.length > 0) throw new BootError(problems)
  return { app, found: [...found.values()] }
}

/** The real folder of a package as seen from another folder, or `null`: Node's own look-up, without its `exports`. */
export function resolvePackage(name: string, from: string): string | null {
  for (let dir = realpathSync(from); ; dir = dirname(dir)) {
    const candidate = join(dir, 'node_modules', name)
    if (existsSync(join(candidate, 'package.json'))) return realpathSync(candidate)
    if (dir === dirname(dir)) return null
  }
}

function readApp(dir: string): AppPackage {
  const file = join(dir, 'package.json')
  if (!existsSync(file)) {
    throw new BootError(
      `${dir} has no package.json, so it is not an app. Make one with: npm install @json-express/preset-identity`,
    )
  }
  const packageJson = readJson(file)
  return { dir: realpathSync(dir), name: packageJson.name ?? 'app', packageJson }
}

/** What Ajv says, with the names it leaves out. */
function reason({ instancePath, keyword, params, message }: ErrorObject): string {
  const at = instancePath.slice(1).replaceAll('/', '.')
  if (keyword === 'additionalProperties') return `${params.additionalProperty} is not known`
  if (keyword === 'enum') return `${at} must be one of ${params.allowedValues.join(', ')}`
  return `${at} ${message}`.trim()
}

function readJson(file: string): PackageJson {
  try {
    const json: unknown = JSON.parse(readFileSync(file, 'utf8'))
    if (typeof json !== 'object' || json === null) throw new Error('it holds no object')
    return json
  } catch (cause) {
    throw new BootError(`${file} cannot be read: ${cause instanceof Error ? cause.message : cause}`, { cause })
  }
}
