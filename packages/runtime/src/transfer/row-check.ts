import type { CollectionSchema, Column } from '@json-express/core'
import { Ajv, type ErrorObject } from 'ajv'
import { instantOf } from '../models/instant.js'

/** What is wrong with a row, or `null`. */
export type RowCheck = (row: Record<string, unknown>) => string | null

const ajv = new Ajv({ allErrors: true, allowUnionTypes: true, ownProperties: true })
ajv.addFormat('instant', (text: string) => instantOf(text) !== null)

/**
 * Looks whether a row has the columns of a collection, each with a value of its type or `null`. The rules of models are
 * not asked, `required` neither: a row that was exported may be older than they are.
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

/** The row as it is stored, with every column of its collection; those it does not know have their default. */
export function completeRow({ columns }: CollectionSchema, row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(columns.map((column) => [column.name, storedValue(column, row)]))
}

function storedValue({ name, type, default: fallback }: Column, row: Record<string, unknown>): unknown {
  if (!Object.hasOwn(row, name)) return fallback ?? null
  const value = row[name]
  return type === 'date' && typeof value === 'string' ? instantOf(value) : value
}

function schemaOf({ name, type }: Column): Record<string, unknown> {
  if (type === 'json') return {}
  const nullable = name === 'id' ? [] : ['null']
  return type === 'date' ? { type: ['string', ...nullable], format: 'instant' } : { type: [type, ...nullable] }
}

function nameOf({ name }: Column): string {
  return name
}

function problem({ instancePath, keyword, message, params }: ErrorObject): string {
  if (keyword === 'additionalProperties') return `${params.additionalProperty} is no field of it`
  if (keyword === 'format') return `${instancePath.slice(1)} must be an ISO 8601 instant such as 2026-01-31T12:00:00Z`
  return `${instancePath.slice(1)} ${message}`.trim()
}
