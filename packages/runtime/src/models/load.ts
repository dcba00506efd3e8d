import { readdirSync, readFileSync } from 'node:fs'
import { basename, extname, join } from 'node:path'
import * as core from '@json-express/core'
import { BootError, type Model, type Routes } from '@json-express/core'
import { createJiti } from 'jiti'

const MODEL_FILE = /^(?!.*\.d\.[cm]?ts$)[^._].*\.(ts|mts|cts|js|mjs|cjs)$/

export interface LoadedModel {
  name: string
  /** Relative to the app, for messages. */
  file: string
  source: string
  definition: Model | Routes
}

export interface LoadedData {
  name: string
  file: string
  rows: Record<string, unknown>[]
}

/**
 * Loads `models/*.{ts,js}` of an app. They import `@json-express/core`, which is the runtime's own copy in every
 * install layout. Throws `BootError` naming every file that does not load.
 */
export async function loadModels(appDir: string): Promise<LoadedModel[]> {
  const jiti = createJiti(join(appDir, 'models/'), {
    virtualModules: { '@json-express/core': core },
    fsCache: false,
    interopDefault: true,
  })
  const problems: string[] = []
  const models: LoadedModel[] = []
  for (const entry of filesOf(join(appDir, 'models'), MODEL_FILE)) {
    const file = `models/${entry}`
    const path = join(appDir, file)
    try {
      const definition: unknown = await jiti.import(path, { default: true })
      if (!isDefinition(definition)) {
        problems.push(`${file} must export a model: export default defineModel({ fields: { … } })`)
        continue
      }
      const name = definition.name ?? basename(entry, extname(entry))
      models.push({ name, file, source: readFileSync(path, 'utf8'), definition })
    } catch (cause) {
      problems.push(`${file} does not load: ${firstLine(cause, appDir)}`)
    }
  }
  if (problems.length > 0) throw new BootError(problems)
  return models
}

/** Loads `data/*.json`, each an array of objects. Throws `BootError` naming every file that is not one. */
export function loadData(appDir: string): LoadedData[] {
  const problems: string[] = []
  const data: LoadedData[] = []
  for (const entry of filesOf(join(appDir, 'data'), /^[^._].*\.json$/)) {
    const file = `data/${entry}`
    try {
      const rows: unknown = JSON.parse(readFileSync(join(appDir, file), 'utf8'))
      if (Array.isArray(rows) && rows.every(isRecord)) data.push({ name: basename(entry, '.json'), file, rows })
      else problems.push(`${file} must be an array of objects: [{ "id": 1, … }, …]`)
    } catch (cause) {
      problems.push(`${file} is not valid JSON: ${firstLine(cause, appDir)}`)
    }
  }
  if (problems.length > 0) throw new BootError(problems)
  return data
}

/** Throws `BootError` where the folder is something else. */
function filesOf(dir: string, pattern: RegExp): string[] {
  try {
    return readdirSync(dir, { withFileTypes: true })
      .filter((entry) => !entry.isDirectory() && pattern.test(entry.name))
      .map((entry) => entry.name)
      .sort()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return []
    if (code === 'ENOTDIR')
      throw new BootError(`${basename(dir)} is a file and must be a folder: rename it`, { cause: error })
    throw error
  }
}

function isDefinition(value: unknown): value is Model | Routes {
  return isRecord(value) && (value.kind === 'model' || value.kind === 'routes')
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function firstLine(cause: unknown, appDir: string): string {
  const message = cause instanceof Error ? cause.message : String(cause)
  const [line = ''] = message.split('\n').filter((text) => text.trim() !== '')
  return line.replaceAll(`${appDir}/`, '').replace(/^ParseError:\s*/, '')
}
