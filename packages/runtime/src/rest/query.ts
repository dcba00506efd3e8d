import {
  type Condition,
  type ErrorDetail,
  ownOnly,
  type Query,
  type Scalar,
  type User,
  validationFailed,
} from '@json-express/core'
import { instantOrDay } from '../models/instant.js'
import type { ResolvedModel, StoredField } from '../models/resolved-model.js'
import { queryableFields } from './visibility.js'

const DEFAULT_LIMIT = 50
const MAX_LIMIT = 1000
const OPERATORS = ['ne', 'gte', 'gt', 'lte', 'lt', 'like'] as const
type Operator = (typeof OPERATORS)[number]

export interface Shape {
  /** What `_fields` asks for; `undefined`: everything. */
  fields: ReadonlySet<string> | undefined
  expand: readonly string[]
  embed: readonly string[]
}

export interface ListQuery extends Shape {
  query: Query & { limit: number; offset: number }
  page: number
}

export type RawQuery = Readonly<Record<string, string | readonly string[] | undefined>>

/** Reads the query string of a list. Throws `VALIDATION_FAILED` with one entry per parameter that means nothing. */
export function parseListQuery(model: ResolvedModel, user: User | null, raw: RawQuery): ListQuery {
  const fields = queryableFields(model, user)
  const details: ErrorDetail[] = []
  const refuse = (field: string, message: string) => void details.push({ field, message })

  const shape = parseShape(raw, fields, refuse)
  const page = wholeNumber(raw, '_page', 1, Number.MAX_SAFE_INTEGER, refuse) ?? 1
  const limit = wholeNumber(raw, '_limit', 0, MAX_LIMIT, refuse) ?? DEFAULT_LIMIT
  const where = Object.keys(raw)
    .filter((key) => !RESERVED.has(key))
    .flatMap((key) => condition(key, texts(raw[key]), fields, refuse))
  const sort = parseSort(list(raw._sort), fields, refuse)
  const search = parseSearch(raw.q, fields, refuse)
  if (details.length > 0) throw validationFailed(details)

  const { ownerField } = model.access
  if (user !== null && ownerField !== undefined && ownOnly(user, model.access.read)) {
    where.push({ field: ownerField, op: 'eq', value: user.id })
  }
  return {
    ...shape,
    page,
    query: {
      where,
      sort,
      limit,
      offset: Math.min((page - 1) * limit, Number.MAX_SAFE_INTEGER),
      ...(search && { search }),
    },
  }
}

/** Reads the query string of a single record, where only `_fields`, `_expand` and `_embed` mean something. */
export function parseRecordQuery(model: ResolvedModel, user: User | null, raw: RawQuery): Shape {
  const details: ErrorDetail[] = []
  const refuse = (field: string, message: string) => void details.push({ field, message })
  const shape = parseShape(raw, queryableFields(model, user), refuse)
  for (const key of Object.keys(raw)) if (!SHAPE.has(key)) refuse(key, 'is not a parameter here')
  if (details.length > 0) throw validationFailed(details)
  return shape
}

type Refuse = (field: string, message: string) => void
type Fields = ReadonlyMap<string, StoredField>

const SHAPE = new Set(['_fields', '_expand', '_embed'])
const RESERVED = new Set([...SHAPE, '_sort', '_page', '_limit', 'q'])

function parseShape(raw: RawQuery, fields: Fields, refuse: Refuse): Shape {
  const wanted = list(raw._fields)
  for (const name of wanted) if (!fields.has(name)) refuse('_fields', `${show(name)} is not a field`)
  if (raw._fields !== undefined && wanted.length === 0) refuse('_fields', 'names no field')
  return {
    fields: raw._fields === undefined ? undefined : new Set(wanted),
    expand: list(raw._expand),
    embed: list(raw._embed),
  }
}

function parseSort(keys: readonly string[], fields: Fields, refuse: Refuse): NonNullable<Query['sort']> {
  const directions = new Map<string, 'asc' | 'desc'>()
  for (const key of keys) {
    const descending = key.startsWith('-')
    const field = descending ? key.slice(1) : key
    if (directions.has(field)) continue // what is in order by a field stays as it is when ordered by it again
    directions.set(field, descending ? 'desc' : 'asc')
    const kind = fields.get(field)?.kind
    if (kind === undefined) refuse('_sort', `${show(field)} is not a field`)
    else if (kind === 'json') refuse('_sort', `${field} holds JSON, which has no order`)
  }
  return [...directions].map(([field, direction]) => ({ field, direction }))
}

function parseSearch(raw: RawQuery[string], fields: Fields, refuse: Refuse): Query['search'] {
  if (raw === undefined) return undefined
  const searched = [...fields.values()].filter(({ kind }) => kind === 'string').map(({ name }) => name)
  if (typeof raw !== 'string' || raw === '') refuse('q', 'must be one text')
  else if (!isCleanText(raw)) refuse('q', 'is not clean text')
  else if (searched.length === 0) refuse('q', 'has no text field to search here')
  else return { fields: searched, text: raw }
  return undefined
}

function condition(key: string, values: readonly string[], fields: Fields, refuse: Refuse): Condition[] {
  const operator = fields.has(key) ? undefined : OPERATORS.find((one) => key.endsWith(`_${one}`))
  const field = fields.get(operator === undefined ? key : key.slice(0, -operator.length - 1))
  if (field === undefined) {
    refuse(key, 'is not a parameter here')
    return []
  }
  if (field.kind === 'json') {
    refuse(key, 'holds JSON, which cannot be filtered')
    return []
  }
  const parsed = values.map((text) => parseValue(field, text))
  const wrong = parsed.find((value) => value instanceof Error)
  if (wrong instanceof Error) {
    refuse(key, wrong.message)
    return []
  }
  return compose(key, field, operator, parsed as Scalar[], refuse)
}

function compose(
  key: string,
  field: StoredField,
  operator: Operator | undefined,
  values: Scalar[],
  refuse: Refuse,
): Condition[] {
  const [first = null] = values
  if (operator === undefined)
    return [values.length === 1 ? eq(field, first) : { field: field.name, op: 'in', value: values }]
  if (operator === 'ne') {
    return [
      values.length === 1
        ? { field: field.name, op: 'ne', value: first }
        : { field: field.name, op: 'notIn', value: values },
    ]
  }
  if (values.length > 1) refuse(key, 'can be given once')
  else if (operator === 'like' && field.kind !== 'string') refuse(key, 'works on text fields only')
  else if (field.kind === 'boolean') refuse(key, 'has no order')
  else if (operator === 'like') return [{ field: field.name, op: 'like', value: String(first) }]
  else return [{ field: field.name, op: operator, value: first as string | number }]
  return []
}

function eq(field: StoredField, value: Scalar): Condition {
  return { field: field.name, op: 'eq', value }
}

/** The typed value of a parameter, or an error whose message says what it must be. */
function parseValue(field: StoredField, text: string): Scalar | Error {
  if (!isCleanText(text)) return new Error('is not clean text')
  const integer = field.kind === 'number' ? false : field.idKind === 'integer'
  if (field.kind === 'number' || integer) {
    const value = /^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN
    if (!Number.isFinite(value) || (integer && !Number.isSafeInteger(value))) return new Error('must be a number')
    return value
  }
  if (field.kind === 'boolean') {
    return text === 'true' || text === 'false' ? text === 'true' : new Error('must be true or false')
  }
  if (field.kind === 'date') {
    return instantOrDay(text) ?? new Error('must be an ISO 8601 date such as 2026-01-31 or 2026-01-31T12:00:00Z')
  }
  return text
}

function wholeNumber(raw: RawQuery, key: string, min: number, max: number, refuse: Refuse): number | undefined {
  const text = raw[key]
  if (text === undefined) return undefined
  const value = typeof text === 'string' && /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
  if (value >= min && value <= max) return value
  refuse(key, `must be a whole number from ${min}${max < Number.MAX_SAFE_INTEGER ? ` to ${max}` : ''}`)
  return undefined
}

/** Text that every database can hold: well-formed Unicode without NUL. */
export function isCleanText(text: string): boolean {
  return text.isWellFormed() && !text.includes('\u0000')
}

function texts(value: RawQuery[string]): readonly string[] {
  if (value === undefined) return []
  return typeof value === 'string' ? [value] : value
}

/** Each name once: a long URL must not make the server do one thing a thousand times. */
function list(value: RawQuery[string]): readonly string[] {
  const names = texts(value).flatMap((text) => text.split(','))
  return [...new Set(names)].filter((name) => name !== '')
}

function show(text: string): string {
  return JSON.stringify(text.slice(0, 60))
}
