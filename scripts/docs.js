// Writes the generated tables of docs/ anew from the built packages: settings from the schemas, errors from the code.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ROOT } from './root.js'

const load = (folder, file = 'index.js') => import(pathToFileURL(join(ROOT, 'packages', folder, 'dist', file)).href)
const FOLDERS = [
  'adapter-memory',
  'adapter-sqlite',
  'adapter-postgres',
  'kv-memory',
  'kv-sqlite',
  'kv-redis',
  'queue-memory',
  'queue-bullmq',
  'email-console',
  'email-smtp',
  'middleware-auth',
  'middleware-ratelimit',
  'plugin-identity',
]

/** The generated tables by the file they stand in. */
export async function tables() {
  return { 'settings.md': await settingsTable(), 'errors.md': await errorsTable() }
}

/** A page with what stands between its markers replaced. */
export function withTable(page, table) {
  return page.replace(
    /(<!-- generated -->\n)[\s\S]*?(<!-- \/generated -->)/,
    (_, begin, end) => `${begin}${table}\n${end}`,
  )
}

async function settingsTable() {
  const { authSettingsSchema } = await load('core')
  const { runtimeSettingsSchema } = await load('runtime', 'settings/runtime-schema.js')
  const rows = [...leaves(runtimeSettingsSchema), ...leaves(authSettingsSchema, 'auth.')]
  for (const folder of FOLDERS) {
    const { configSchema } = await load(folder)
    const { jsonExpress } = JSON.parse(readFileSync(join(ROOT, 'packages', folder, 'package.json'), 'utf8'))
    if (configSchema) rows.push(...leaves(configSchema, `${jsonExpress.section}.`))
  }
  const lines = rows.map(
    ({ key, schema }) => `| \`jex.${key}\` | ${type(schema)} | ${fallback(schema)} | ${schema.description ?? ''} |`,
  )
  return ['| setting | type | default | meaning |', '|---|---|---|---|', ...lines].join('\n')
}

function leaves(schema, prefix = '') {
  return Object.entries(schema.properties).flatMap(([name, property]) =>
    property.properties ? leaves(property, `${prefix}${name}.`) : [{ key: prefix + name, schema: property }],
  )
}

function type(schema) {
  if (schema.duration) return 'duration'
  if (schema.path) return 'file'
  if (schema.writeOnly) return 'secret'
  if (schema.enum) return schema.enum.join(', ')
  const { minimum, maximum } = schema
  const bounds =
    minimum === undefined ? '' : maximum === undefined ? `, ${minimum} or more` : `, ${minimum} to ${maximum}`
  return `${{ array: 'list', string: 'text', integer: 'whole number', boolean: 'true or false' }[schema.type]}${bounds}`
}

function fallback({ default: value, duration }) {
  if (value === undefined || value.length === 0) return ''
  if (!duration) return `\`${value}\``
  const [unit, size] = Object.entries({ d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000 }).find(
    ([, ms]) => value % ms === 0,
  )
  return `\`${value / size}${unit}\``
}

async function errorsTable() {
  const { errors } = await load('core')
  const { runtimeErrors } = await load('runtime')
  const { identityErrors } = await load('plugin-identity')
  const seen = new Map([['INTERNAL', { status: 500, message: 'Something went wrong on our side', from: 'runtime' }]])
  for (const [from, all] of Object.entries({
    core: errors,
    runtime: runtimeErrors,
    'plugin-identity': identityErrors,
  })) {
    for (const Constructor of Object.values(all)) {
      const { code, statusCode: status, message } = new Constructor()
      if (!seen.has(code)) seen.set(code, { status, message, from })
    }
  }
  const lines = [...seen]
    .sort(([a, { status: x }], [b, { status: y }]) => x - y || (a < b ? -1 : 1))
    .map(
      ([code, { status, message, from }]) =>
        `| \`${code}\` | ${status} | ${message === '%s' ? 'says what' : message} | ${from} |`,
    )
  return ['| code | status | message | from |', '|---|---|---|---|', ...lines].join('\n')
}

if (process.argv[1] === import.meta.filename) {
  for (const [name, table] of Object.entries(await tables())) {
    const file = join(ROOT, 'docs', name)
    writeFileSync(file, withTable(readFileSync(file, 'utf8'), table))
  }
}
