import type { ErrorDetail, FieldDefinition } from '@json-express/core'
import { Ajv, type ErrorObject } from 'ajv'
import { instantOf } from './instant.js'
import type { ResolvedModel, StoredField } from './resolved-model.js'

/** Checks the types and bounds of the given fields; nothing is converted, `undefined` counts as not given. */
export type Validator = (data: Record<string, unknown>) => ErrorDetail[]

/** Code points, of four bytes at most. */
const INDEXED_LENGTH = 600

type Bounds = [min: string | null, max: string | null]

const ajv = new Ajv({ allErrors: true, coerceTypes: false, allowUnionTypes: true, ownProperties: true, verbose: true })
ajv.addFormat('instant', (text: string) => instantOf(text) !== null)
ajv.addKeyword({
  keyword: 'matches',
  type: 'string',
  validate: (pattern: RegExp, text: string) => pattern.test(text),
})
ajv.addKeyword({
  keyword: 'instantWithin',
  type: 'string',
  validate: ([min, max]: Bounds, text: string) => {
    const instant = Date.parse(text)
    return !(min !== null && instant < Date.parse(min)) && !(max !== null && instant > Date.parse(max))
  },
})

/** Compiles the field rules of a model (JSON Schema, through Ajv) into one function. */
export function createValidator(model: Pick<ResolvedModel, 'fields'>): Validator {
  const properties = Object.fromEntries([...model.fields.values()].map((field) => [field.name, fieldSchema(field)]))
  const validate = ajv.compile({ type: 'object', properties, additionalProperties: false })
  return (data) => {
    if (validate(data)) return []
    const seen = new Map<string, ErrorDetail>()
    for (const error of validate.errors ?? []) {
      const detail = detailOf(error)
      if (!seen.has(detail.field)) seen.set(detail.field, detail)
    }
    return [...seen.values()]
  }
}

/** Dates as the one form that is stored: UTC with milliseconds. Assumes valid data; changes it in place. */
export function normaliseDates(model: Pick<ResolvedModel, 'fields'>, data: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(data)) {
    if (typeof value === 'string' && model.fields.get(name)?.kind === 'date') data[name] = instantOf(value)
  }
}

function fieldSchema(field: StoredField): Record<string, unknown> {
  const { definition } = field
  const nullable = definition.required || field.kind === 'id' ? [] : ['null']
  const choice = definition.enum && { enum: [...definition.enum, ...(nullable.length > 0 ? [null] : [])] }
  switch (field.kind) {
    case 'json':
      return definition.required ? { not: { type: 'null' } } : {}
    case 'boolean':
      return { type: ['boolean', ...nullable] }
    case 'number':
      return {
        type: ['number', ...nullable],
        ...(definition.min !== undefined && { minimum: definition.min }),
        ...(definition.max !== undefined && { maximum: definition.max }),
        ...choice,
      }
    case 'date':
      return {
        type: ['string', ...nullable],
        format: 'instant',
        instantWithin: [definition.min ?? null, definition.max ?? null],
      }
    case 'id':
    case 'reference':
      return field.idKind === 'integer'
        ? { type: ['integer', ...nullable], minimum: 0, maximum: Number.MAX_SAFE_INTEGER }
        : { type: ['string', ...nullable], minLength: 1, maxLength: 255 }
    case 'string':
      return {
        type: ['string', ...nullable],
        ...(definition.minLength !== undefined && { minLength: definition.minLength }),
        ...longest(definition),
        ...(definition.pattern !== undefined && { matches: regularExpression(definition.pattern) }),
        ...choice,
      }
  }
}

/** What has an index holds no more than an index of any database does: in PostgreSQL about 2700 bytes. */
function longest({ maxLength, unique, index }: FieldDefinition): { maxLength?: number } {
  const bounds = [maxLength, unique || index ? INDEXED_LENGTH : undefined].filter((bound) => bound !== undefined)
  return bounds.length > 0 ? { maxLength: Math.min(...bounds) } : {}
}

/** Without the flags that make `test` remember where it was. */
function regularExpression(pattern: string | RegExp): RegExp {
  if (typeof pattern === 'string') return new RegExp(pattern, 'u')
  return new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''))
}

const MESSAGES: Record<string, (error: ErrorObject) => string> = {
  additionalProperties: () => 'is not a field',
  enum: ({ params }) => `must be one of ${params.allowedValues.filter((value: unknown) => value !== null).join(', ')}`,
  matches: ({ schema }) => `must match ${(schema as RegExp).source}`,
  instantWithin: ({ schema }) => {
    const [min, max] = schema as Bounds
    return `must lie between ${min ?? 'the beginning'} and ${max ?? 'the end'} of time`
  },
  format: () => 'must be an ISO 8601 instant such as 2026-01-31T12:00:00Z',
  not: () => 'must not be null',
  type: ({ params, schema }) =>
    `must be ${[params.type]
      .flat()
      .filter((type) => type !== 'null' || schema === 'null')
      .join(' or ')}`,
}

function detailOf(error: ErrorObject): ErrorDetail {
  const [, field = ''] = error.instancePath.split('/')
  const message = MESSAGES[error.keyword]?.(error) ?? error.message ?? 'is not valid'
  return { field: error.keyword === 'additionalProperties' ? error.params.additionalProperty : field, message }
}
