import {
  alternatives,
  COLLECTION_PATTERN,
  type Model,
  RESERVED_COLLECTIONS,
  type Routes,
  type Rule,
  ruleProblem,
} from '@json-express/core'
import { endpointProblems } from './endpoint-check.js'
import { fieldProblems } from './field-check.js'

const MODEL_KEYS = ['kind', 'name', 'fields', 'access', 'hooks', 'endpoints', 'extension', 'uniqueError']
/** Those of an app. */
const HOOKS = ['Create', 'Update', 'Delete'].flatMap((op) => [`before${op}`, `within${op}`, `after${op}`])
/** After `amendUpdate` nothing changes what is written. */
export const PACKAGE_HOOKS = [...HOOKS, 'amendUpdate']
const OPERATIONS = ['read', 'create', 'update', 'delete']
/** What the parts of a model look like, for those that are something else. */
const SHAPES = {
  fields: 'must be fields by name: { title: types.string() }',
  access: "must be rules by operation: { read: 'public' }",
  hooks: 'must be functions by name: { beforeCreate(data) { … } }',
  endpoints: "must be handlers by method and path: { 'POST /:id/feature': handler }",
} as const

/** What is wrong with one model taken by itself: `[path in the model, message]` pairs. `hooks`: those it may have. */
export function modelProblems(name: string, model: Model, hooks: readonly string[] = HOOKS): [string, string][] {
  const problems: [string, string][] = []
  const problem = (path: string, message: string) => problems.push([path, message])

  problems.push(...nameProblems(name))
  for (const key of unknownKeys(model, MODEL_KEYS))
    problem(key, `is not part of a model: ${MODEL_KEYS.slice(1, 6).join(', ')}`)
  const misshapen = Object.entries(SHAPES).filter(
    ([part]) => !isObject(model[part as keyof typeof SHAPES] ?? (part === 'fields' ? null : {})),
  )
  if (misshapen.length > 0) return [...problems, ...misshapen]
  for (const key of unknownKeys(model.hooks ?? {}, hooks)) problem(`hooks.${key}`, `is not a hook: ${hooks.join(', ')}`)
  for (const [hook, call] of Object.entries(model.hooks ?? {}))
    if (call !== undefined && typeof call !== 'function') problem(`hooks.${hook}`, 'must be a function')
  for (const key of unknownKeys(model.access ?? {}, [...OPERATIONS, 'ownerField']))
    problem(`access.${key}`, `is not an operation: ${OPERATIONS.join(', ')}`)
  for (const [operation, rule] of Object.entries(model.access ?? {})) {
    if (rule === undefined) continue
    const isField = operation === 'ownerField'
    const wrong = !isField ? ruleProblem(rule) : typeof rule === 'string' ? null : 'must be the name of a field'
    if (wrong) problem(`access.${operation}`, wrong)
  }
  for (const [field, definition] of Object.entries(model.fields)) {
    for (const [path, message] of fieldProblems(field, definition)) problem(`fields.${field}${path}`, message)
  }
  return [...problems, ...endpointProblems(model.endpoints ?? {})]
}

/** Rules that let owners in where nothing says who that is. Asked of the whole model, with what a package gave. */
export function ownerProblems({ access = {}, fields }: Model): [string, string][] {
  if (access.ownerField !== undefined) return []
  const rules = [
    ...Object.entries(access).map(([operation, rule]) => [`access.${operation}`, rule] as const),
    ...Object.entries(fields).flatMap(([name, field]) =>
      Object.entries(Object(field?.access)).map(
        ([operation, rule]) => [`fields.${name}.access.${operation}`, rule] as const,
      ),
    ),
  ]
  return rules
    .filter(
      ([, rule]) => rule !== undefined && ruleProblem(rule) === null && alternatives(rule as Rule).includes('owner'),
    )
    .map(([path]) => [path, "'owner' needs access.ownerField, the field that holds the owner's id"])
}

/** What is wrong with a file of routes. */
export function routesProblems(name: string, { endpoints }: Routes): [string, string][] {
  if (!isObject(endpoints) || Object.keys(endpoints).length === 0)
    return [...nameProblems(name), ['endpoints', "has none: defineRoutes({ endpoints: { 'GET /': handler } })"]]
  return [...nameProblems(name), ...endpointProblems(endpoints)]
}

function nameProblems(name: string): [string, string][] {
  if (!COLLECTION_PATTERN.test(name)) return [['name', `"${name}" is not a collection name: letters, digits, - and _`]]
  return RESERVED_COLLECTIONS.includes(name)
    ? [['name', `"${name}" is taken by the server's own routes, choose another`]]
    : []
}

function unknownKeys(value: object, known: readonly string[]): string[] {
  return Object.keys(value).filter((key) => !known.includes(key))
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
