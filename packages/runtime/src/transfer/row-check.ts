import type { CollectionSchema, Column } from '@json-express/core'
import { Ajv, type ErrorObject } from 'ajv'
import formatsPlugin from 'ajv-formats'

/** What is wrong with a row, or `null`. */
export type RowCheck = (row: Record<string, unknown>) => string | null

const ajv = new Ajv({ allErrors: true, allowUnionTypes: true, ownProperties: true })
formatsPlugin.default(ajv)

/**
 * Looks whether a row has the columns of a collection, each with a value of its type. The rules of models are not
 * asked: a row that is there already may be older than they are.
 */
export function createRowCheck({ columns }: CollectionSchema): RowCheck {
  const check = ajv.compile({
    type: 'object',
    properties: Object.fromEntries(columns.map((column) => [column.name, schemaOf(column)])),
    required: columns.filter(({ required, default: fallback }) => required && fallback === undefined).map(nameOf),
    additionalProperties: false,
  })
  return (row) => (check(row) ? null : (check.errors ?? []).map(problem).join(', '))
}

/** The row with every column of its collection; those it does not know have their default. */
export function completeRow({ columns }: CollectionSchema, row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    columns.map(({ name, default: fallback }) => [name, Object.hasOwn(row, name) ? row[name] : (fallback ?? null)]),
  )
}

function schemaOf({ name, type, required }: Column): Record<string, unknown> {
  if (type === 'json') return {}
  const nullable = required || name === 'id' ? [] : ['null']
  if (type === 'date') return { type: ['string', ...nullable], format: 'date-time', pattern: '\\.\\d{3}Z$' }
  return { type: [type, ...nullable] }
}

function nameOf({ name }: Column): string {
  return name
}

function problem({ instancePath, keyword, message, params }: ErrorObject): string {
  if (keyword === 'additionalProperties') return `${params.additionalProperty} is no field of it`
  return `${instancePath.slice(1)} ${message}`.trim()
}
