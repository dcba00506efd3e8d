import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { isOurs, pathOf } from './keys.js'

export interface SourceValue {
  /** The key as it was written. */
  path: string
  text: string
  /** A file's name, or `environment`. */
  source: string
}

export interface Sources {
  /** The folder of the app. */
  dir: string
  mode: string
  /** In rising precedence. */
  values: SourceValue[]
}

/**
 * Reads the settings that the `.env` files of an app and the environment hold, later ones to win: `.env`,
 * `.env.<mode>`, `.env.local`, `.env.<mode>.local`, the environment. The one place that reads `process.env`.
 */
export function readSources(dir: string, env: NodeJS.ProcessEnv = process.env): Sources {
  const environment = read(env, 'environment')
  const base = readFile(dir, '.env')
  const mode = find(environment, 'mode') ?? find(base, 'mode') ?? (env.NODE_ENV || 'development')
  const files = [`.env.${mode}`, '.env.local', `.env.${mode}.local`].flatMap((name) => readFile(dir, name))
  const port = env.PORT ? [{ path: 'jex.port', text: env.PORT, source: 'environment (PORT)' }] : []
  return { dir, mode, values: [...base, ...files, ...port, ...environment] }
}

/** The last value of a top-level key, before any schema is known. */
export function find(values: readonly SourceValue[], key: string): string | undefined {
  return values.findLast(({ path }) => pathOf(path) === key)?.text
}

function readFile(dir: string, name: string): SourceValue[] {
  try {
    return read(parseEnv(readFileSync(join(dir, name), 'utf8')), name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

function read(variables: NodeJS.Dict<string>, source: string): SourceValue[] {
  return Object.entries(variables)
    .filter(([path]) => isOurs(path))
    .map(([path, text = '']) => ({ path, text, source }))
}
