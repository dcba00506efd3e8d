import {
  type Collections,
  type Condition,
  may,
  mayForSome,
  ownOnly,
  type Row,
  type User,
  validationFailed,
} from '@json-express/core'
import type { ResolvedModel } from '../models/resolved-model.js'
import type { Shape } from './query.js'
import { mayShow, owns, project, queryableFields } from './visibility.js'

/** The most records that one answer embeds; beyond it the client is told to ask for fewer parents. */
const MAX_EMBEDDED = 10_000

/** Adds what belongs to the records at hand: `_expand` their targets, `_embed` the records that refer to them. */
export interface Related {
  /** Views of the records for the caller, in the same order. */
  views(
    model: ResolvedModel,
    user: User | null,
    records: readonly Row[],
    shape: Shape,
  ): Promise<Record<string, unknown>[]>
}

export function createRelated(models: ReadonlyMap<string, ResolvedModel>, collections: Collections): Related {
  return {
    async views(model, user, records, shape) {
      const views = records.map((record) => project(model, user, record, shape.fields))
      for (const name of shape.expand) await expand(model, user, name, records, views)
      for (const name of shape.embed) {
        refuseTaken(model, user, name, shape)
        await embed(model, user, name, records, views)
      }
      return views
    },
  }

  async function expand(model: ResolvedModel, user: User | null, name: string, records: readonly Row[], views: Views) {
    const relation = model.relations.get(name)
    const target = relation && models.get(relation.target)
    if (relation === undefined || target === undefined || !queryableFields(model, user).has(relation.foreignKey)) {
      throw validationFailed([{ field: '_expand', message: `${JSON.stringify(name)} is not a relation here` }])
    }
    const ids = [
      ...new Set(records.map((record) => record[relation.foreignKey]).filter((id) => id != null)),
    ] as Row['id'][]
    const readable = ids.length > 0 && mayForSome(user, target.access.read)
    const found = readable ? await collections.get(target.name).getMany(ids) : []
    const byId = new Map(
      found
        .filter((record) => may(user, target.access.read, owns(target, user, record)))
        .map((record) => [record.id, project(target, user, record)]),
    )
    records.forEach((record, index) => {
      const view = views[index]
      if (view) view[name] = byId.get(record[relation.foreignKey] as Row['id']) ?? null
    })
  }

  async function embed(model: ResolvedModel, user: User | null, name: string, records: readonly Row[], views: Views) {
    const child = models.get(name)
    const keys = child === undefined ? [] : keysTo(child, model.name, user)
    if (child === undefined || keys.length === 0) {
      throw validationFailed([{ field: '_embed', message: `${JSON.stringify(name)} does not refer to ${model.name}` }])
    }
    const found = mayForSome(user, child.access.read) ? await referring(child, user, keys, records) : []
    const byParent = new Map<unknown, Record<string, unknown>[]>(records.map(({ id }) => [id, []]))
    for (const record of found) {
      const view = project(child, user, record)
      for (const id of new Set(keys.map((key) => record[key]))) byParent.get(id)?.push(view)
    }
    records.forEach((record, index) => {
      const view = views[index]
      if (view) view[name] = byParent.get(record.id) ?? []
    })
  }

  /** What the caller may read of those that refer to one of the records, by whichever key, each once, ordered by id. */
  async function referring(child: ResolvedModel, user: User | null, keys: readonly string[], records: readonly Row[]) {
    const { ownerField } = child.access
    const own: Condition[] =
      user !== null && ownerField !== undefined && ownOnly(user, child.access.read)
        ? [{ field: ownerField, op: 'eq', value: user.id }]
        : []
    const ids = records.map(({ id }) => id)
    const found = new Map<Row['id'], Row>()
    for (const field of keys) {
      const where: Condition[] = [{ field, op: 'in', value: ids }, ...own]
      const some = await collections.get(child.name).find({ where, limit: MAX_EMBEDDED + 1 })
      for (const record of some) found.set(record.id, record)
    }
    if (found.size > MAX_EMBEDDED) {
      const message = `would embed over ${MAX_EMBEDDED} ${child.name}, use a smaller _limit`
      throw validationFailed([{ field: '_embed', message }])
    }
    const all = [...found.values()]
    return keys.length > 1 ? all.sort((a, b) => (a.id < b.id ? -1 : 1)) : all
  }
}

type Views = Record<string, unknown>[]

/** The foreign keys to the parent that the caller may read: `authorId` and `editorId` of articles lead to users. */
function keysTo(child: ResolvedModel, parent: string, user: User | null): string[] {
  const readable = queryableFields(child, user)
  const keys = [...child.relations.values()]
    .filter(({ target }) => target === parent)
    .map(({ foreignKey }) => foreignKey)
  return keys.filter((key) => readable.has(key))
}

/** Nothing in an answer stands under the name of something else. */
function refuseTaken(model: ResolvedModel, user: User | null, name: string, { expand }: Shape): void {
  if (!expand.includes(name) && !mayShow(model, user, name)) return
  throw validationFailed([
    { field: '_embed', message: `${JSON.stringify(name)} is the name of something else in ${model.name} already` },
  ])
}
