import { BootError, type IConfigProvider, type SettingEntry } from '@json-express/core'
import { Ajv } from 'ajv'
import formatsPlugin from 'ajv-formats'
import type { TSchema } from 'typebox'
import { nearest } from '../nearest.js'
import { ConversionError, convert, defaultOf } from './convert.js'
import { isIpRange } from './ip-range.js'
import { dotted, type KnownKey, leavesOf, pathOf } from './keys.js'
import { misfitLine, problemLine } from './problem-line.js'
import type { Sources } from './sources.js'
import { isOrigin, isPublicUrl } from './web-address.js'

/** The settings of one package, or the server's own under the name ''. */
export interface Section {
  name: string
  schema: TSchema
  /**
   * `false`: installed but idle. Its keys are known, their values ignored, nothing is demanded. Where its schema names no
   * keys, every key of the section is one.
   */
  active: boolean
  /** The package, for messages. */
  owner: string
}

/** What follows from the settings that were given: values for unset keys, and problems that only show together. */
export type Derive = (
  get: (key: string) => unknown,
  production: boolean,
) => { values: Readonly<Record<string, { value: unknown; source: string }>>; problems: readonly string[] }

const ajv = new Ajv({ strict: false, coerceTypes: false })
formatsPlugin.default(ajv)
ajv.addFormat('IP range', isIpRange)
ajv.addFormat('origin', isOrigin)
ajv.addFormat('public URL', isPublicUrl)

/**
 * Makes the effective settings of all sections together. Throws one `BootError` with every problem, a line each: wrong
 * types, bounds, unknown keys (with the nearest known one), missing required ones. Secrets are never part of a message.
 */
export function buildSettings(sources: Sources, sections: readonly Section[], derive?: Derive): IConfigProvider {
  // an idle package may share its section with the one that was chosen instead: that one, coming last, has the say
  const leaves = [...sections]
    .sort((a, b) => Number(a.active) - Number(b.active))
    .flatMap((section) => leavesOf(section.schema, section))
  const byPath = new Map(leaves.map((leaf) => [pathOf(`jex.${leaf.key}`), leaf]))
  const known = [...byPath.values()]
  const unread = sections.filter(({ active, schema }) => !active && !('properties' in schema))
  const problems: string[] = [...sources.problems]
  const given = new Map<string, { value: unknown; source: string }>()

  for (const { path, text, source } of sources.values) {
    const leaf = byPath.get(pathOf(path))
    if (leaf?.active) read(leaf, text, source)
    else if (leaf === undefined && !unread.some(({ name }) => pathOf(path).startsWith(`${pathOf(`jex.${name}`)}.`))) {
      problems.push(unknownKey(path, source, known))
    }
  }
  if (!given.has('mode')) given.set('mode', { value: sources.mode, source: 'default' })
  const production = isProduction(sources.mode)
  const fallbacks = new Map(known.map(({ key, schema }) => [key, defaultOf(schema, sources.dir)]))
  const derived = derive?.((key) => given.get(key)?.value ?? fallbacks.get(key), production)
  problems.push(...(derived?.problems ?? []))
  for (const [key, entry] of Object.entries(derived?.values ?? {})) if (!given.has(key)) given.set(key, entry)

  function read(leaf: KnownKey, text: string, source: string): void {
    try {
      const value = convert(text, leaf.schema, sources.dir)
      if (ajv.validate(leaf.schema, value)) given.set(leaf.key, { value, source })
      else for (const error of ajv.errors ?? []) problems.push(misfitLine(leaf, value, text, source, error))
    } catch (error) {
      if (!(error instanceof ConversionError)) throw error
      const shown = leaf.schema.writeOnly ? 'its value' : JSON.stringify(text)
      problems.push(problemLine(leaf, { shown, wrong: error.message, source }))
    }
  }

  const entries = new Map<string, SettingEntry>()
  for (const { key, schema, required, active, owner } of known) {
    const fallback = fallbacks.get(key)
    const entry = given.get(key) ?? { value: fallback, source: 'default' }
    if (required && active && entry.value === undefined && !problems.some((line) => line.startsWith(`jex.${key}:`))) {
      problems.push(`jex.${key} is missing: ${owner} needs it${schema.description ? ` (${schema.description})` : ''}.`)
    }
    entries.set(key, {
      key,
      ...entry,
      default: fallback,
      secret: schema.writeOnly === true,
      duration: schema.duration === true,
    })
  }
  if (problems.length > 0) throw new BootError([...new Set(problems)])
  return settingsOf(sources.mode, entries)
}

function settingsOf(mode: string, entries: ReadonlyMap<string, SettingEntry>): IConfigProvider {
  const tree: Record<string, unknown> = {}
  for (const { key, value } of entries.values()) if (value !== undefined) place(tree, key.split('.'), value)
  deepFreeze(tree)
  return Object.freeze({
    mode,
    production: isProduction(mode),
    get(key: string) {
      const entry = entries.get(key)
      if (entry === undefined) throw new Error(`There is no setting ${key}`)
      return entry.value
    },
    section: <T extends object>(name: string) => (tree[name] ?? Object.freeze({})) as Readonly<T>,
    entries: () => [...entries.values()].sort((a, b) => (a.key < b.key ? -1 : 1)),
  }) satisfies IConfigProvider
}

function isProduction(mode: string): boolean {
  return mode !== 'development' && mode !== 'test'
}

function unknownKey(path: string, source: string, known: readonly KnownKey[]): string {
  const key = dotted(path)
  const near = nearest(
    key,
    known.map((leaf) => leaf.key),
  )
  const remedy = near ? `Did you mean jex.${near}?` : 'Remove it, or install the package it belongs to'
  return `jex.${key} is not a known setting (from ${source}). ${remedy}`
}

function place(tree: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [head = '', ...rest] = path
  if (rest.length === 0) {
    tree[head] = value
    return
  }
  tree[head] ??= {}
  place(tree[head] as Record<string, unknown>, rest, value)
}

function deepFreeze(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  Object.freeze(value)
  for (const inner of Object.values(value)) deepFreeze(inner)
}
