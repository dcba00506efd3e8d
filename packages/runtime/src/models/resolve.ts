import {
  alternatives,
  BootError,
  type Endpoints,
  type FieldDefinition,
  inferFields,
  type Model,
  type Rule,
} from '@json-express/core'
import { modelProblems, ownerProblems, PACKAGE_HOOKS, routesProblems } from './check.js'
import { defaultProblems } from './default-check.js'
import { endpointRules } from './endpoint-check.js'
import { extendModel, lineOf } from './extend.js'
import type { LoadedData, LoadedModel } from './load.js'
import { type IdKind, isExposed, type Relation, type ResolvedModel, type StoredField } from './resolved-model.js'
import { routeProblems } from './route-check.js'
import { collectionSchema } from './schema.js'

export interface ModelSources {
  packages: readonly { origin: string; model: Model }[]
  app: readonly LoadedModel[]
  data: readonly LoadedData[]
  /** Whether an auth middleware is installed: without one everything is public. */
  authenticated: boolean
  /** What the settings say of a collection that has no rules, `null` where no caller is looked at. Default `'user'`. */
  defaultRule?: (name: string) => 'user' | 'public' | null
  /** The `unsettled` collections that the database holds with integer ids. */
  integerIds?: ReadonlySet<string>
}

export interface Resolved {
  models: ResolvedModel[]
  routes: { name: string; file: string; endpoints: Endpoints }[]
  /** Collections of the app without rows that tell which kind of ids they have. */
  unsettled: string[]
}

const OPERATIONS = ['read', 'create', 'update', 'delete'] as const

interface Draft {
  name: string
  origin: string
  source: string
  model: Model
  layers: Model[]
}

/**
 * Makes one resolved model per collection out of the packages' models, the app's files and its data. Throws `BootError`
 * with every problem, each naming the file and the line.
 */
export function resolveModels(sources: ModelSources): Resolved {
  const problems: string[] = []
  const report =
    (draft: Pick<Draft, 'origin' | 'source'>) =>
    ([path, message]: [string, string]) => {
      const line = draft.source ? lineOf(draft.source, path) : null
      problems.push(`${draft.origin}${line === null ? '' : `:${line}`} ${path} ${message}`)
    }
  const routes: (Resolved['routes'][number] & { source: string })[] = []
  const drafts = new Map<string, Draft>()

  for (const { origin, model } of sources.packages) {
    const name = model.name ?? ''
    modelProblems(name, model, PACKAGE_HOOKS).forEach(report({ origin: `${origin} ${name}`, source: '' }))
    if (!hasFields(model)) continue
    if (drafts.has(name)) problems.push(`${origin} and ${drafts.get(name)?.origin} both define the collection ${name}`)
    drafts.set(name, { name, origin, source: '', model: { ...model, name }, layers: [model] })
  }
  const fromPackages = new Set(drafts.keys())

  for (const { name, file, source, definition } of sources.app) {
    if (definition.kind === 'routes') {
      routesProblems(name, definition).forEach(report({ origin: file, source }))
      if (typeof definition.endpoints !== 'object' || definition.endpoints === null) continue
      routes.push({ name, file, source, endpoints: definition.endpoints })
      continue
    }
    const own = { name, origin: file, source, model: { ...definition, name }, layers: [definition] }
    modelProblems(name, own.model).forEach(report(own))
    if (!hasFields(definition)) continue
    const earlier = drafts.get(name)
    if (earlier === undefined) {
      drafts.set(name, own)
    } else if (fromPackages.has(name) && earlier.layers.length === 1) {
      const extended = extendModel(earlier.model, own.model)
      extended.problems.forEach(report(own))
      const model = { ...earlier.model, fields: extended.fields, ...(extended.access && { access: extended.access }) }
      drafts.set(name, { ...own, model, layers: [earlier.model, definition] })
    } else {
      problems.push(`${file} and ${earlier.origin} both define the collection ${name}`)
    }
  }

  const told = new Map(sources.data.map(({ name, rows }) => [name, idKindOf(rows)]))
  const unsettled = [...new Set([...drafts.keys(), ...told.keys()])].filter(
    (name) => !fromPackages.has(name) && told.get(name) === undefined,
  )
  const idKinds = new Map<string, IdKind>([...drafts.keys()].map((name) => [name, 'uuid']))
  for (const [name, kind] of told) idKinds.set(name, kind ?? 'uuid')
  for (const name of unsettled) if (sources.integerIds?.has(name)) idKinds.set(name, 'integer')

  for (const { name, file, rows } of sources.data) {
    if (fromPackages.has(name)) {
      problems.push(
        `${file} cannot be loaded: ${name} are made by ${drafts.get(name)?.origin}, never from a plain file. ` +
          'To bring existing accounts along use: json-express users import',
      )
      continue
    }
    if (drafts.has(name)) continue
    const model: Model = { kind: 'model', name, fields: inferFields(rows, idKinds) }
    const inferred = { name, origin: file, source: '', model, layers: [model] }
    modelProblems(name, model).forEach(report(inferred))
    drafts.set(name, inferred)
  }
  for (const [index, { name, file }] of routes.entries()) {
    const other = drafts.get(name)?.origin ?? routes.slice(0, index).find((one) => one.name === name)?.file
    if (other === undefined) continue
    problems.push(`${file} has the name of ${other}: rename it, or put its endpoints there`)
  }
  for (const draft of drafts.values()) ownerProblems(draft.model).forEach(report(draft))
  if (problems.length > 0) throw new BootError(problems)

  const models = [...drafts.values()].map((draft) => {
    const model = resolveDraft(draft, idKinds, sources, report(draft))
    routeProblems(model.name, model.endpoints, isExposed(model)).forEach(report(draft))
    return model
  })
  for (const { name, file, source, endpoints } of routes) {
    if (!sources.authenticated) guarded(endpointRules(endpoints)).forEach(report({ origin: file, source }))
    routeProblems(name, endpoints, false).forEach(report({ origin: file, source }))
  }
  if (problems.length > 0) throw new BootError(problems)
  return { models, routes, unsettled }
}

function resolveDraft(
  { name, origin, model, layers }: Draft,
  idKinds: ReadonlyMap<string, IdKind>,
  { authenticated, defaultRule }: Pick<ModelSources, 'authenticated' | 'defaultRule'>,
  problem: (problem: [string, string]) => void,
): ResolvedModel {
  const idKind = idKinds.get(name) ?? 'uuid'
  const fields = new Map<string, StoredField>([['id', { ...storedField('id', { kind: 'id' }), idKind }]])
  const relations = new Map<string, Relation>()
  for (const [fieldName, definition] of Object.entries(model.fields)) {
    if (fieldName === 'id') continue
    if (definition.kind !== 'relation') {
      fields.set(fieldName, storedField(fieldName, definition))
      continue
    }
    const foreignKey = definition.foreignKey ?? `${fieldName}Id`
    const targetKind = idKinds.get(definition.target)
    if (targetKind === undefined)
      problem([`fields.${fieldName}`, `refers to ${definition.target}, which no model defines`])
    // whatever stored it before would lose its type and its rules
    if (fields.has(foreignKey) || Object.hasOwn(model.fields, foreignKey))
      problem([`fields.${fieldName}`, `stores ${foreignKey}, which is a field already: name another foreignKey`])
    relations.set(fieldName, { name: fieldName, target: definition.target, foreignKey })
    fields.set(foreignKey, { ...storedField(foreignKey, definition), kind: 'reference', idKind: targetKind ?? 'uuid' })
  }
  const owner = model.access?.ownerField
  const ownerField = owner === undefined ? undefined : (relations.get(owner)?.foreignKey ?? owner)
  if (ownerField !== undefined && !fields.has(ownerField)) {
    problem(['access.ownerField', `is ${ownerField}, which is not a field of ${name}`])
  }
  const holder = fields.get(ownerField ?? '')
  if (holder && !holdsCaller(holder)) {
    problem(['access.ownerField', `is ${ownerField}, which cannot hold the id of a caller: that is text`])
  }
  for (const [field, message] of defaultProblems(fields)) {
    const relation = [...relations.values()].find(({ foreignKey }) => foreignKey === field)
    problem([`fields.${relation?.name ?? field}.default`, message])
  }
  // one rule is enough: who wrote it closed what he left out
  const ruled = OPERATIONS.some((operation) => model.access?.[operation] !== undefined)
  const byDefault = authenticated ? (ruled || defaultRule === undefined ? 'user' : defaultRule(name)) : 'public'
  const open = byDefault !== 'user'
  const access = {
    read: model.access?.read ?? (open ? 'public' : 'user'),
    create: model.access?.create ?? (open ? 'public' : 'admin'),
    update: model.access?.update ?? (open ? 'public' : 'admin'),
    delete: model.access?.delete ?? (open ? 'public' : 'admin'),
    ...(ownerField !== undefined && { ownerField }),
  } satisfies ResolvedModel['access']
  const endpoints: Endpoints = Object.assign({}, ...layers.map((layer) => layer.endpoints ?? {}))
  if (!authenticated) guarded([...modelRules(model), ...endpointRules(endpoints)]).forEach(problem)

  const resolved = {
    name,
    origin,
    idKind,
    access,
    excluded: byDefault === null,
    fields,
    relations,
    hooks: layers.flatMap((layer) => layer.hooks ?? []),
    endpoints,
    ...(model.uniqueError && { uniqueError: model.uniqueError }),
  }
  return { ...resolved, schema: collectionSchema(resolved) }
}

const NEEDS_AUTH = 'needs to know who calls: npm install @json-express/middleware-auth @json-express/plugin-identity'

/** A problem for each rule that only makes sense when callers can be told apart. */
function guarded(rules: readonly [string, Rule][]): [string, string][] {
  const closed = rules.filter(([, rule]) => alternatives(rule).some((one) => one !== 'public'))
  return closed.map(([path]) => [path, NEEDS_AUTH])
}

/** The rules of a model and of its fields, by their path in the file. */
function modelRules(model: Model): [string, Rule][] {
  const rules = (access: object | undefined, path: string) =>
    Object.entries(access ?? {}).flatMap(([operation, rule]): [string, Rule][] =>
      operation === 'ownerField' || rule === undefined ? [] : [[`${path}.${operation}`, rule]],
    )
  const fields = Object.entries(model.fields).flatMap(([name, { access }]) => rules(access, `fields.${name}.access`))
  return [...rules(model.access, 'access'), ...fields]
}

function storedField(name: string, definition: FieldDefinition): StoredField {
  const kind = definition.kind === 'relation' ? 'reference' : definition.kind
  const stamp = kind === 'date' ? ({ createdAt: 'create', updatedAt: 'write' } as const)[name] : undefined
  return { name, kind, definition, access: definition.access ?? {}, ...(stamp && { stamp }) }
}

function hasFields({ fields }: { fields: unknown }): boolean {
  return typeof fields === 'object' && fields !== null
}

function holdsCaller({ kind, idKind, definition }: StoredField): boolean {
  const isText = kind === 'string' || ((kind === 'id' || kind === 'reference') && idKind !== 'integer')
  return isText && definition.virtual !== true
}

/** UUIDs, unless the app's own rows brought integers or other strings along; `undefined` when they say nothing. */
function idKindOf(rows: readonly Record<string, unknown>[]): IdKind | undefined {
  const ids = rows.map((row) => row.id).filter((id) => id !== undefined)
  if (ids.length === 0) return undefined
  return ids.every((id) => Number.isSafeInteger(id)) ? 'integer' : 'string'
}
