import type { ErrorObject } from 'ajv'
import { formatDuration } from './convert.js'
import type { KnownKey, SettingSchema } from './keys.js'

/** One line for the operator: the setting, what is wrong with its value, where that is from, and what would do. */
export function problemLine(
  { key, schema }: KnownKey,
  { shown, wrong, source, explain = false }: { shown: string; wrong: string; source: string; explain?: boolean },
): string {
  const example = exampleOf(schema)
  const { description = 'See docs/settings.md' } = schema
  const remedies = [
    ...(explain || example === undefined ? [description.charAt(0).toUpperCase() + description.slice(1)] : []),
    ...(example === undefined ? [] : [`Set it like jex.${key}=${example}`]),
  ]
  return `jex.${key}: ${shown} ${wrong} (from ${source}). ${remedies.join('. ')}`
}

/** The line for a value that its schema refuses. */
export function misfitLine(leaf: KnownKey, value: unknown, text: string, source: string, error: ErrorObject): string {
  const index = error.instancePath.split('/')[1]
  const item: unknown = index !== undefined && Array.isArray(value) ? value[Number(index)] : undefined
  const shown = leaf.schema.writeOnly
    ? 'its value'
    : JSON.stringify(withoutCredentials(typeof item === 'string' ? item : text))
  const schema = (item !== undefined && leaf.schema.items) || leaf.schema
  const explain = ['pattern', 'format'].includes(error.keyword)
  const wrong = leaf.schema.expected ?? reason(error, schema)
  return problemLine(leaf, { shown, wrong, source, explain })
}

function reason({ keyword, params, message = 'is not valid' }: ErrorObject, { duration }: SettingSchema): string {
  const bound = () => (duration ? formatDuration(params.limit) : params.limit)
  switch (keyword) {
    case 'enum':
      return `must be one of ${params.allowedValues.join(', ')}`
    case 'format':
      return `is not a valid ${params.format}`
    case 'pattern':
      return 'does not fit'
    case 'minimum':
      return `must be at least ${bound()}`
    case 'maximum':
      return `must be at most ${bound()}`
    case 'minLength':
      return params.limit === 1 ? 'is empty' : `is shorter than ${params.limit} characters`
    case 'maxLength':
      return `is longer than ${params.limit} characters`
    case 'minItems':
      return 'is empty'
    case 'uniqueItems':
      return 'says something twice'
    default:
      return message
  }
}

/** A value that would do, or `undefined` where only the operator knows one. */
function exampleOf({ default: fallback, examples, enum: values, items, ...schema }: SettingSchema): string | undefined {
  if (schema.writeOnly) return undefined
  if (examples?.[0] !== undefined) return examples[0]
  if (Array.isArray(fallback) ? fallback.length > 0 : fallback !== undefined) {
    return schema.duration ? formatDuration(Number(fallback)) : String(fallback)
  }
  const one = values?.[0] ?? items?.enum?.[0]
  if (one !== undefined) return String(one)
  if (schema.duration)
    return formatDuration(Math.min(schema.maximum ?? 900_000, Math.max(schema.minimum ?? 0, 900_000)))
  if (schema.type === 'integer' || schema.type === 'number') return String(schema.minimum ?? 1)
  return schema.type === 'boolean' ? 'true' : undefined
}

/** A URL that is wrong may still hold a right password, before its host or in its query. */
function withoutCredentials(text: string): string {
  return text.replace(/\/\/[^/]*@/, '//…@').replace(/^([a-z][a-z0-9+.-]*:\/\/[^?]*\?).*/i, '$1…')
}
