import type { Collection, CollectionQuery, Condition, Context, Filter, Hooks, Row, Where } from '@json-express/core'
import { validationFailed } from '@json-express/core'
import { v7 as uuidv7 } from 'uuid'
import type { ContextFactory } from '../context.js'
import { normaliseDates } from '../models/validator.js'
import { assertWritable, project } from '../rest/visibility.js'
import type { PreparedModel, Scope } from './collections.js'
import { clientError } from './violations.js'

type Data = Record<string, unknown>

/** Hooks that return data to go on with. */
const CHANGING = /^(before|amend)/
const UPDATE_HOOKS = ['beforeUpdate', 'amendUpdate', 'withinUpdate', 'afterUpdate'] as const

/** The records of one model in one scope. */
export function createCollection(model: PreparedModel, scope: Scope, contextOf: ContextFactory): Collection {
  const { name } = model
  const { session } = scope
  const hooked = (hook: keyof Hooks) => model.hooks.some((hooks) => hooks[hook] !== undefined)
  const context = (request?: Context['request']) => contextOf(scope.collections, request)

  const one = async (id: string | number, from = session) => (await from.findByIds(name, [id]))[0] ?? null

  /** Runs one kind of hook in order; `extra` becomes part of their context. */
  const run = async (hook: keyof Hooks, value: Data, base: Context, extra: Data = {}): Promise<Data> => {
    let current = value
    for (const hooks of model.hooks) {
      const call = hooks[hook] as ((value: Data, context: Context) => unknown) | undefined
      const result = await call?.(current, Object.assign(Object.create(base), extra))
      if (CHANGING.test(hook) && isData(result)) current = result
    }
    return current
  }

  const after = (hook: keyof Hooks, record: Row, base: Context, extra: Data = {}) =>
    hooked(hook) ? scope.afterCommit(() => run(hook, record, base, extra)) : undefined

  const valid = (data: Data): Data => {
    const problems = model.validate(data)
    if (problems.length > 0) throw validationFailed(problems)
    return data
  }

  /** What hooks made of the data, ready to be stored. */
  const checked = (data: Data): Data => {
    valid(data)
    const left = Object.keys(data).find((key) => model.fields.get(key)?.definition.virtual)
    if (left !== undefined) throw new Error(`${name}.${left} is virtual: a before-hook has to take it out`)
    normaliseDates(model, data)
    return data
  }

  /** The changes as they are written over this row; a transaction that runs again starts from the same ones. */
  const amended = async (changes: Data, before: Row, base: Context): Promise<Data> =>
    hooked('amendUpdate') ? checked(changeable(await run('amendUpdate', { ...changes }, base, { before }))) : changes

  return {
    name,
    find: ({ where, search, ...rest } = {}) =>
      session.find(name, { ...rest, ...filterOf(model, { ...(where && { where }), ...(search && { search }) }) }),
    async findOne(where) {
      return (await session.find(name, { ...filterOf(model, { where }), limit: 1 }))[0] ?? null
    },
    get: (id) => one(id),
    getMany: (ids) => session.findByIds(name, ids),
    count: (query = {}) => session.count(name, filterOf(model, query)),
    view: (record, user) => project(model, user, record),
    assertWritable: (data, user, operation) => assertWritable(model, user, data, operation, false),

    async create(given, { request } = {}) {
      const base = context(request)
      const data = checked(await run('beforeCreate', withDefaults(model, valid({ ...given })), base))
      requireAll(model, data)
      const insert = (target: Scope) => clientError(model, target.session.insert(name, data))
      const record = hooked('withinCreate')
        ? await scope.atomically(async (inner) => {
            const row = await insert(inner)
            await run('withinCreate', row, contextOf(inner.collections, request))
            return row
          })
        : await insert(scope)
      await after('afterCreate', record, base)
      return record
    },

    async update(id, given, { request, ...condition } = {}) {
      const base = context(request)
      const hookedAtAll = UPDATE_HOOKS.some(hooked)
      const record = hookedAtAll ? await one(id) : null
      if (hookedAtAll && record === null) return null
      const wanted = changeable(await run('beforeUpdate', valid(defined(given)), base, { record }))
      const changes = checked(Object.keys(wanted).length > 0 ? { ...stamps(model, 'write'), ...wanted } : wanted)
      const apply = (target: Scope, data: Data) => clientError(model, target.session.update(name, id, data, condition))
      let before = record
      const updated =
        hooked('amendUpdate') || hooked('withinUpdate')
          ? await scope.atomically(async (inner) => {
              const inside = contextOf(inner.collections, request)
              before = await one(id, inner.session)
              const row = before && (await apply(inner, await amended(changes, before, inside)))
              if (row === null) return null
              await run('withinUpdate', row, inside, { before })
              return one(id, inner.session)
            })
          : await apply(scope, changes)
      if (updated !== null) await after('afterUpdate', updated, base, { before })
      return updated
    },

    async delete(id, { request, ...condition } = {}) {
      const base = context(request)
      if (hooked('beforeDelete')) {
        const record = await one(id)
        if (record === null) return null
        await run('beforeDelete', record, base)
      }
      const remove = (target: Scope) => clientError(model, target.session.delete(name, id, condition))
      const removed = hooked('withinDelete')
        ? await scope.atomically(async (inner) => {
            const row = await remove(inner)
            if (row !== null) await run('withinDelete', row, contextOf(inner.collections, request))
            return row
          })
        : await remove(scope)
      if (removed !== null) await after('afterDelete', removed, base)
      return removed
    },
  }
}

/** A record as it would be stored: defaults, stamps and an id where they are missing. */
export function withDefaults(model: PreparedModel, given: Data): Data {
  const data: Data = { ...stamps(model, 'create'), ...stamps(model, 'write') }
  if (model.idKind !== 'integer') data.id = uuidv7()
  for (const { name, definition } of model.fields.values()) {
    const fallback: unknown = definition.default
    if (fallback !== undefined) data[name] = typeof fallback === 'function' ? fallback() : structuredClone(fallback)
  }
  return Object.assign(data, defined(given))
}

/** Throws `VALIDATION_FAILED` naming every required field that is missing. */
export function requireAll(model: PreparedModel, data: Data): void {
  const missing = [...model.fields.values()]
    .filter(({ name, definition }) => definition.required && !definition.virtual && !isGiven(data, name))
    .map(({ name }) => ({ field: name, message: 'is required' }))
  if (missing.length > 0) throw validationFailed(missing)
}

function changeable(changes: Data): Data {
  if ('id' in changes) throw validationFailed([{ field: 'id', message: 'never changes' }])
  return changes
}

/** Whether the data has a value of its own for the field: `constructor` is a name like any other. */
export function isGiven(data: Data, name: string): boolean {
  return Object.hasOwn(data, name) && (data[name] ?? null) !== null
}

function stamps(model: PreparedModel, stamp: 'create' | 'write'): Data {
  const now = new Date().toISOString()
  return Object.fromEntries([...model.fields.values()].filter((f) => f.stamp === stamp).map(({ name }) => [name, now]))
}

function defined(data: Data): Data {
  return Object.fromEntries(Object.entries(data).filter(([, value]) => value !== undefined))
}

function filterOf(model: PreparedModel, { where, search }: Pick<CollectionQuery, 'where' | 'search'>): Filter {
  const conditions = where === undefined || isConditions(where) ? where : equalities(where)
  for (const { field } of conditions ?? []) {
    if (!model.fields.has(field)) throw new Error(`${model.name} has no field ${field}`)
  }
  return { ...(conditions && { where: conditions }), ...(search && { search }) }
}

function isConditions(where: NonNullable<CollectionQuery['where']>): where is readonly Condition[] {
  return Array.isArray(where)
}

function equalities(where: Where): Condition[] {
  return Object.entries(where).map(
    ([field, value]): Condition =>
      Array.isArray(value)
        ? { field, op: 'in', value }
        : { field, op: 'eq', value: value as Exclude<typeof value, readonly unknown[]> },
  )
}

function isData(value: unknown): value is Data {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
