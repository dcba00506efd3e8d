import {
  alternatives,
  COLLECTION_PATTERN,
  FIELD_PATTERN,
  type FieldDefinition,
  type Model,
  RESERVED_COLLECTIONS,
  type Rule,
  ruleProblem,
} from '@json-express/core'
import { endpointProblems } from './endpoint-check.js'

const MODEL_KEYS = ['kind', 'name', 'fields', 'access', 'hooks', 'endpoints', 'extension', 'uniqueError']
/** Those of an app. `amendUpdate` is for packages: after it nothing changes what is written. */
const HOOKS = ['Create', 'Update', 'Delete'].flatMap((op) => [`before${op}`, `within${op}`, `after${op}`])
const OPERATIONS = ['read', 'create', 'update', 'delete']
const COMMON = ['kind', 'required', 'default', 'unique', 'index', 'access', 'virtual']
const OPTIONS: Record<string, readonly string[]> = {
  string: ['minLength', 'maxLength', 'pattern', 'enum'],
  number: ['min', 'max', 'enum'],
  boolean: [],
  date: ['min', 'max'],
  id: [],
  json: [],
  relation: ['target', 'type', 'foreignKey', 'onDelete', 'inferred'],
}

/** What is wrong with one model taken by itself: `[path in the model, message]` pairs. */
export function modelProblems(name: string, model: Model): [string, string][] {
  const problems: [string, string][] = []
  const problem = (path: string, message: string) => problems.push([path, message])

  if (!COLLECTION_PATTERN.test(name)) problem('name', `"${name}" is not a collection name: letters, digits, - and _`)
  if (RESERVED_COLLECTIONS.includes(name))
    problem('name', `"${name}" is taken by the server's own routes, choose another`)
  for (const key of unknownKeys(model, MODEL_KEYS))
    problem(key, `is not part of a model: ${MODEL_KEYS.slice(1, 6).join(', ')}`)
  for (const key of unknownKeys(model.hooks ?? {}, HOOKS)) problem(`hooks.${key}`, `is not a hook: ${HOOKS.join(', ')}`)
  for (const key of unknownKeys(model.access ?? {}, [...OPERATIONS, 'ownerField']))
    problem(`access.${key}`, `is not an operation: ${OPERATIONS.join(', ')}`)
  for (const [operation, rule] of Object.entries(model.access ?? {})) {
    if (operation === 'ownerField' || rule === undefined) continue
    const wrong = ruleProblem(rule)
    if (wrong) problem(`access.${operation}`, wrong)
    else if (alternatives(rule as Rule).includes('owner') && !model.access?.ownerField) {
      problem(`access.${operation}`, "'owner' needs access.ownerField, the field that holds the owner's id")
    }
  }
  for (const [field, definition] of Object.entries(model.fields)) {
    for (const [path, message] of fieldProblems(field, definition)) problem(`fields.${field}${path}`, message)
  }
  return [...problems, ...endpointProblems(model.endpoints ?? {})]
}

function fieldProblems(name: string, field: FieldDefinition): [string, string][] {
  const problems: [string, string][] = []
  const options = OPTIONS[field.kind]
  if (!FIELD_PATTERN.test(name)) problems.push(['', 'is not a field name: a letter, then letters, digits and _'])
  if (options === undefined)
    return [...problems, ['', `has no known type: types.${Object.keys(OPTIONS).join(', types.')}`]]
  if (name === 'id' && field.kind !== 'id') problems.push(['', 'must be types.id()'])
  if (name !== 'id' && field.kind === 'id') problems.push(['', 'cannot be types.id(): only the field called id is'])
  for (const key of Object.keys(field)) {
    if (!COMMON.includes(key) && !options.includes(key))
      problems.push([`.${key}`, `is no option of types.${field.kind}()`])
  }
  for (const [operation, rule] of Object.entries(field.access ?? {})) {
    const wrong = ['read', 'create', 'update'].includes(operation) ? ruleProblem(rule) : 'is not read, create or update'
    if (wrong) problems.push([`.access.${operation}`, wrong])
  }
  if (field.pattern !== undefined && !isPattern(field.pattern))
    problems.push(['.pattern', 'is not a regular expression'])
  if (field.enum !== undefined && (!Array.isArray(field.enum) || field.enum.length === 0)) {
    problems.push(['.enum', 'must be a list of values'])
  }
  for (const key of ['min', 'max', 'minLength', 'maxLength'] as const) {
    const value = field[key]
    const fits = field.kind === 'date' ? typeof value === 'string' : typeof value === 'number'
    if (value !== undefined && !fits)
      problems.push([`.${key}`, `must be a ${field.kind === 'date' ? 'date' : 'number'}`])
  }
  return problems
}

function unknownKeys(value: object, known: readonly string[]): string[] {
  return Object.keys(value).filter((key) => !known.includes(key))
}

function isPattern(pattern: unknown): boolean {
  if (pattern instanceof RegExp) return true
  try {
    return typeof pattern === 'string' && new RegExp(pattern, 'u') instanceof RegExp
  } catch {
    // the caller reports it with the field's name
    return false
  }
}
