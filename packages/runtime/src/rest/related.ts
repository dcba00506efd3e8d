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
import type { Relation, ResolvedModel } from '../models/resolved-model.js'
import type { Shape } from './query.js'
import { owns, project, queryableFields } from './visibility.js'

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
      for (const name of shape.embed) await embed(model, user, name, records, views)
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
    const relation = child && relationTo(child, model.name)
    if (child === undefined || relation === undefined || !queryableFields(child, user).has(relation.foreignKey)) {
      throw validationFailed([{ field: '_embed', message: `${JSON.stringify(name)} does not refer to ${model.name}` }])
    }
    const where: Condition[] = [{ field: relation.foreignKey, op: 'in', value: records.map(({ id }) => id) }]
    if (user !== null && child.access.ownerField !== undefined && ownOnly(user, child.access.read)) {
      where.push({ field: child.access.ownerField, op: 'eq', value: user.id })
    }
    const found = mayForSome(user, child.access.read)
      ? await collections.get(name).find({ where, limit: MAX_EMBEDDED + 1 })
      : []
    if (found.length > MAX_EMBEDDED) {
      throw validationFailed([
        { field: '_embed', message: `would embed over ${MAX_EMBEDDED} ${name}, use a smaller _limit` },
      ])
    }
    const byParent = new Map<unknown, Record<string, unknown>[]>(records.map(({ id }) => [id, []]))
    for (const record of found) byParent.get(record[relation.foreignKey])?.push(project(child, user, record))
    records.forEach((record, index) => {
      const view = views[index]
      if (view) view[name] = byParent.get(record.id) ?? []
    })
  }
}

type Views = Record<string, unknown>[]

function relationTo(child: ResolvedModel, parent: string): Relation | undefined {
  return [...child.relations.values()].find(({ target }) => target === parent)
}
