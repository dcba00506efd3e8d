import type { IConfigProvider, SettingEntry } from '@json-express/core'
import { Ajv } from 'ajv'

type Values = Record<string, unknown>

interface Schema {
  type?: string
  properties?: Readonly<Record<string, Schema>>
  default?: unknown
  writeOnly?: boolean
  duration?: boolean
}

export interface PlainSettings {
  /** Default `test`. Anything but `development` and `test` obeys the production rules. */
  mode?: string
  /** The values, nested as the keys are: `{ publicUrl, auth: { secret } }`. Durations are milliseconds. */
  settings?: Values
  /** The schemas by section, for their defaults: `{ auth: authSettingsSchema }`. */
  schemas?: Readonly<Record<string, object>>
}

const SERVER = { publicUrl: 'http://localhost:3000' }
/** Settings of the server that packages may ask for, and that nobody has set here. */
const UNSET = ['trustProxy', 'host', 'port']

/** Makes an `IConfigProvider` over a plain object. Throws when a section does not fit its schema. */
export function createPlainSettings({
  mode = 'test',
  settings = {},
  schemas = {},
}: PlainSettings = {}): IConfigProvider {
  const values: Values = { ...SERVER, ...structuredClone(settings) }
  for (const [name, schema] of Object.entries(schemas)) values[name] = fill(name, schema, values[name])
  const frozen = freeze(values)

  return Object.freeze({
    mode,
    production: mode !== 'development' && mode !== 'test',
    get(key) {
      const value = at(frozen, key)
      if (value === undefined && !known(schemas, key)) throw new Error(`No schema knows the setting ${key}`)
      return value
    },
    section: <T extends object>(name: string) => (frozen[name] ?? Object.freeze({})) as Readonly<T>,
    entries: () =>
      leaves(frozen)
        .map(([key, value]) => entry(key, value))
        .sort((a, b) => (a.key < b.key ? -1 : 1)),
  } satisfies IConfigProvider)

  function entry(key: string, value: unknown): SettingEntry {
    const schema = schemaAt(schemas, key)
    const source = at(settings, key) === undefined ? 'default' : 'test'
    return {
      key,
      value,
      source,
      default: schema?.default ?? at(SERVER, key),
      secret: schema?.writeOnly === true,
      duration: schema?.duration === true,
    }
  }
}

/** Ajv fills in defaults only where the object around them is there. */
function fill(name: string, schema: Schema, given: unknown): unknown {
  const value = withObjects(schema, given)
  const ajv = new Ajv({ useDefaults: true, allErrors: true, strict: false, validateFormats: false })
  if (!ajv.validate(schema, value)) throw new TypeError(ajv.errorsText(ajv.errors, { dataVar: name }))
  return value
}

function withObjects(schema: Schema, given: unknown): unknown {
  if (schema.type !== 'object' || (given !== undefined && !isObject(given))) return given
  const value: Values = { ...given }
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (property.type === 'object') value[name] = withObjects(property, value[name])
  }
  return value
}

function at(values: Values, key: string): unknown {
  return key.split('.').reduce<unknown>((value, name) => (isObject(value) ? value[name] : undefined), values)
}

function schemaAt(schemas: Readonly<Record<string, Schema>>, key: string): Schema | undefined {
  const [section = '', ...path] = key.split('.')
  return path.reduce<Schema | undefined>((schema, name) => schema?.properties?.[name], schemas[section])
}

function known(schemas: Readonly<Record<string, Schema>>, key: string): boolean {
  return UNSET.includes(key) || schemaAt(schemas, key) !== undefined
}

function leaves(values: Values, prefix = ''): [key: string, value: unknown][] {
  return Object.entries(values).flatMap(([name, value]) =>
    isObject(value) ? leaves(value, `${prefix}${name}.`) : [[`${prefix}${name}`, value] as [string, unknown]],
  )
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(freeze)
  return Object.freeze(value)
}

function isObject(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
