import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { BootError } from '@json-express/core'
import { isOurs, pathOf } from './keys.js'
import { threadPoolSize } from './thread-pool.js'

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
  /** Threads of libuv's pool, which is made before any file is read: the environment alone decides. */
  threadPool: number
  /** In rising precedence. */
  values: SourceValue[]
  /** What a source says in vain, a line each. */
  problems: string[]
}

/**
 * Reads the settings that the `.env` files of an app and the environment hold, later ones to win: `.env`,
 * `.env.<mode>`, `.env.local`, `.env.<mode>.local`, the environment. The one place that reads `process.env`.
 * Throws `BootError` for a file that cannot be read.
 */
export function readSources(dir: string, env: NodeJS.ProcessEnv = process.env): Sources {
  const environment = read(env, 'environment')
  const base = readFile(dir, '.env')
  const named = env.NODE_ENV ? [{ path: 'jex.mode', text: env.NODE_ENV, source: 'environment (NODE_ENV)' }] : []
  const mode = find([...named, ...base.values, ...environment], 'mode') ?? 'development'
  const files = [`.env.${mode}`, '.env.local', `.env.${mode}.local`].map((name) => readFile(dir, name))
  const later = files.flatMap(({ values }) => values)
  return {
    dir,
    mode,
    threadPool: threadPoolSize(env),
    values: [...named, ...base.values, ...later, ...environment],
    problems: [...[base, ...files].flatMap(({ problems }) => problems), ...lateModes(later, mode)],
  }
}

/** The last value of a key, before any schema is known. */
export function find(values: readonly SourceValue[], key: string): string | undefined {
  return values.findLast(({ path }) => pathOf(path) === key)?.text
}

/** Whether an unexpected error should show its stack trace: with DEBUG, or a log level of debug or trace. */
export function wantsStack(dir: string, env: NodeJS.ProcessEnv = process.env): boolean {
  if (env.DEBUG) return true
  try {
    return ['debug', 'trace'].includes(find(readSources(dir, env).values, 'log.level') ?? '')
  } catch {
    return false // settings that cannot be read ask for nothing
  }
}

/** These files are chosen by the mode, so they cannot change it any more. */
function lateModes(values: readonly SourceValue[], mode: string): string[] {
  return values
    .filter(({ path, text }) => pathOf(path) === 'mode' && text !== mode)
    .map(
      ({ text, source }) =>
        `jex.mode=${text} in ${source} comes too late: the mode decides which files are read. Set it in .env, or JEX__MODE in the environment`,
    )
}

function readFile(dir: string, name: string): { values: SourceValue[]; problems: string[] } {
  const text = textOf(dir, name)
  // Node drops a line without "=", and before version 22 takes it for the beginning of the next key
  const variables = Object.entries(parseEnv(text)).map(([key, value]) => [lastLine(key), value])
  const lost = [...text.matchAll(/^[ \t]*(?:export[ \t]+)?(jex(?:\.|__)[\w.-]*)[^=\n]*$/gim)]
  return {
    values: read(Object.fromEntries(variables), name),
    problems: lost.map(([, key]) => `${key} has no = (from ${name}). Set it like ${key}=value`),
  }
}

function textOf(dir: string, name: string): string {
  let bytes: Buffer
  try {
    bytes = readFileSync(join(dir, name))
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw new BootError(`${name} cannot be read: ${cause instanceof Error ? cause.message : cause}`, { cause })
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes) // leaves a byte order mark out
    if (!text.includes('\0')) return text
  } catch {} // said below
  throw new BootError(`${name} is not UTF-8 text, as some editors and shells on Windows write it: save it as UTF-8`)
}

function lastLine(key: string): string {
  return key.slice(key.lastIndexOf('\n') + 1).replace(/^\s*(export\s+)?/, '')
}

/** Plain `PORT` is how many hosts and tools say it; an empty one says nothing. */
function read(variables: NodeJS.Dict<string>, source: string): SourceValue[] {
  const { PORT } = variables
  return [
    ...(PORT ? [{ path: 'jex.port', text: PORT, source: `${source} (PORT)` }] : []),
    ...Object.entries(variables)
      .filter(([path]) => isOurs(path))
      .map(([path, text = '']) => ({ path, text, source })),
  ]
}
