import { FIELD_PATTERN, type FieldDefinition, ruleProblem } from '@json-express/core'
import { instantOrDay } from './instant.js'

/** `[path in the field, message]`. */
type Problem = [string, string]

const FLAGS = ['required', 'unique', 'index', 'virtual'] as const
const COMMON = ['kind', ...FLAGS, 'default', 'access']
const OPTIONS: Readonly<Record<FieldDefinition['kind'], readonly string[]>> = {
  string: [...COMMON, 'minLength', 'maxLength', 'pattern', 'enum'],
  number: [...COMMON, 'min', 'max', 'enum'],
  boolean: COMMON,
  date: [...COMMON, 'min', 'max'],
  id: ['kind', 'required', 'unique', 'index'],
  json: COMMON,
  relation: [...COMMON, 'target', 'type', 'foreignKey', 'onDelete', 'inferred'],
}
const RELATION_TYPES = ['many-to-one', 'one-to-one']
const ON_DELETE = ['restrict', 'setNull', 'cascade']

/** What is wrong with one field taken by itself. */
export function fieldProblems(name: string, field: FieldDefinition): Problem[] {
  const problems = nameProblems('', name)
  if (typeof field !== 'object' || field === null || !Object.hasOwn(OPTIONS, field.kind))
    return [...problems, ['', `has no known type: types.${Object.keys(OPTIONS).join(', types.')}`]]
  if (name === 'id' && field.kind !== 'id') problems.push(['', 'must be types.id()'])
  if (name !== 'id' && field.kind === 'id') problems.push(['', 'cannot be types.id(): only the field called id is'])
  return [
    ...problems,
    ...optionProblems(field),
    ...accessProblems(field),
    ...boundProblems(field),
    ...choiceProblems(field),
    ...(field.kind === 'relation' ? relationProblems(name, field) : []),
  ]
}

function nameProblems(path: string, name: unknown): Problem[] {
  if (typeof name !== 'string' || !FIELD_PATTERN.test(name))
    return [[path, 'is not a field name: a letter, then letters, digits and _']]
  return name === 'q' ? [[path, 'is the parameter that searches a list, choose another name']] : []
}

function optionProblems(field: FieldDefinition): Problem[] {
  const unknown = Object.keys(field).filter((key) => !OPTIONS[field.kind].includes(key))
  const flags = FLAGS.filter((flag) => field[flag] !== undefined && typeof field[flag] !== 'boolean')
  return [
    ...unknown.map((key): Problem => [`.${key}`, noOption(field.kind, key)]),
    ...flags.map((flag): Problem => [`.${flag}`, 'must be true or false']),
    ...(field.pattern !== undefined && !isPattern(field.pattern)
      ? [['.pattern', 'is not a regular expression'] as Problem]
      : []),
  ]
}

function noOption(kind: FieldDefinition['kind'], key: string): string {
  const reason =
    kind === 'id' && key === 'access' ? ': whoever may read a record reads its id, and nobody writes it' : ''
  return `is no option of types.${kind}()${reason}`
}

function accessProblems({ kind, access = {} }: FieldDefinition): Problem[] {
  if (kind === 'id') return []
  if (typeof access !== 'object' || access === null || Array.isArray(access))
    return [['.access', "must be rules by operation: { read: 'public' }"]]
  return Object.entries(access).flatMap(([operation, rule]): Problem[] => {
    const isKnown = ['read', 'create', 'update'].includes(operation)
    const wrong = !isKnown ? 'is not read, create or update' : rule === undefined ? null : ruleProblem(rule)
    return wrong ? [[`.access.${operation}`, wrong]] : []
  })
}

function boundProblems(field: FieldDefinition): Problem[] {
  const problems: Problem[] = []
  const [bound, must] = field.kind === 'date' ? [dateBound, 'a date such as 2026-01-31'] : [numberBound, 'a number']
  for (const [low, high, read, kind] of [
    ['min', 'max', bound, must],
    ['minLength', 'maxLength', lengthBound, 'a whole number from 0'],
  ] as const) {
    const bad = [low, high].filter((key) => field[key] !== undefined && read(field[key]) === null)
    problems.push(...bad.map((key): Problem => [`.${key}`, `must be ${kind}`]))
    const [from, to] = [read(field[low]), read(field[high])]
    if (from !== null && to !== null && from > to) problems.push([`.${low}`, `is above ${high}: nothing lies between`])
  }
  return problems
}

function dateBound(value: unknown): number | null {
  const instant = typeof value === 'string' ? instantOrDay(value) : null
  return instant === null ? null : Date.parse(instant)
}

function numberBound(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

function lengthBound(value: unknown): number | null {
  return Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) : null
}

function choiceProblems({ kind, enum: choice }: FieldDefinition): Problem[] {
  if (choice === undefined || !(kind === 'string' || kind === 'number')) return []
  if (!Array.isArray(choice) || choice.length === 0) return [['.enum', 'must be a list of values']]
  if (choice.some((one) => typeof one !== kind || Number.isNaN(one)))
    return [['.enum', `must be a list of values that are each a ${kind}`]]
  const twice = choice.find((one, index) => choice.indexOf(one) !== index)
  return twice === undefined ? [] : [['.enum', `has ${JSON.stringify(twice)} twice`]]
}

function relationProblems(name: string, field: FieldDefinition & { kind: 'relation' }): Problem[] {
  const { target, type = RELATION_TYPES[0], foreignKey, onDelete = ON_DELETE[0], required } = field
  const problems = foreignKey === undefined ? nameProblems('', `${name}Id`) : nameProblems('.foreignKey', foreignKey)
  if (foreignKey === 'id') problems.push(['.foreignKey', 'is the id of the record itself, choose another name'])
  if (typeof target !== 'string') problems.push(['.target', 'must name the collection that is referred to'])
  if (!RELATION_TYPES.includes(String(type))) problems.push(['.type', `must be ${RELATION_TYPES.join(' or ')}`])
  if (!ON_DELETE.includes(String(onDelete))) problems.push(['.onDelete', `must be ${ON_DELETE.join(', ')}`])
  if (onDelete === 'setNull' && required === true)
    problems.push(['.onDelete', 'cannot be setNull on a required field: restrict or cascade, or make it optional'])
  return problems
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
