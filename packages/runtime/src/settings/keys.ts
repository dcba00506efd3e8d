import type { TSchema } from 'typebox'

/** One leaf of the settings schemas. */
export interface KnownKey {
  /** Dotted, as documented: `auth.tokenTtl`. */
  key: string
  schema: SettingSchema
  /** Whether the section's schema demands a value. */
  required: boolean
  /** The package it belongs to. */
  owner: string
  /** Installed but idle: the key is known, its value ignored. */
  active: boolean
}

/** What a leaf's schema may say, beside what Ajv checks. */
export interface SettingSchema {
  /** What its text has to be, in place of what the validator says of it. */
  expected?: string
  type?: string
  description?: string
  default?: unknown
  enum?: readonly unknown[]
  minimum?: number
  maximum?: number
  /** What the items of a list are. */
  items?: SettingSchema
  /** Texts that would do, for messages. */
  examples?: readonly string[]
  /** A duration: text like `15m`, value in milliseconds. */
  duration?: boolean
  /** A file, relative to the app. */
  path?: boolean
  /** A secret. */
  writeOnly?: boolean
}

/** Whether a variable claims to be a setting: `jex.auth.secret`, `JEX__AUTH__SECRET`. */
export function isOurs(variable: string): boolean {
  return /^jex(\.|__)/i.test(variable)
}

/** Case, and `_` or `-` inside a segment, do not matter: `JEX__KV_REDIS__URL` and `jex.kv-redis.url` are one path. */
export function pathOf(variable: string): string {
  return segments(variable)
    .map((segment) => segment.toLowerCase().replace(/[_-]/g, ''))
    .join('.')
}

/** A variable as its writer would see it in the docs: without the prefix, dotted. */
export function dotted(variable: string): string {
  return segments(variable).join('.')
}

function segments(variable: string): string[] {
  const [, ...rest] = variable.split(/__|\./)
  return rest
}

/** The leaves of a section's schema. */
export function leavesOf(
  schema: TSchema,
  section: { name: string; owner: string; active: boolean },
  prefix = section.name ? [section.name] : [],
): KnownKey[] {
  const { properties = {}, required = [] } = schema as { properties?: Record<string, TSchema>; required?: string[] }
  return Object.entries(properties).flatMap(([name, property]) => {
    const path = [...prefix, name]
    if ('properties' in property) return leavesOf(property, section, path)
    const { owner, active } = section
    const leaf = property as SettingSchema
    return [{ key: path.join('.'), schema: leaf, required: required.includes(name), owner, active }]
  })
}
