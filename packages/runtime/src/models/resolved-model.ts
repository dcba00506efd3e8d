import type { CollectionSchema, Endpoints, FieldAccess, FieldDefinition, Hooks, Model, Rule } from '@json-express/core'

export type IdKind = 'uuid' | 'integer' | 'string'

/** A field as it is stored: relations have become their foreign key. */
export interface StoredField {
  name: string
  kind: 'id' | 'string' | 'number' | 'boolean' | 'date' | 'json' | 'reference'
  definition: FieldDefinition
  access: FieldAccess
  /** Of an id, or of the target of a reference. */
  idKind?: IdKind
  /** Stamped by the server at create or at every write. */
  stamp?: 'create' | 'write'
}

export interface Relation {
  name: string
  target: string
  foreignKey: string
}

/** A model with everything decided: names, rules, stored fields, relations, hooks in order. */
export interface ResolvedModel {
  name: string
  /** Where it comes from, for messages: a file of the app or a package. */
  origin: string
  idKind: IdKind
  access: { read: Rule; create: Rule; update: Rule; delete: Rule; ownerField?: string }
  /** By `auth.exclude`: its routes are public and nobody looks who calls. */
  excluded: boolean
  fields: ReadonlyMap<string, StoredField>
  relations: ReadonlyMap<string, Relation>
  /** The package's own first, the app's after. */
  hooks: readonly Hooks[]
  endpoints: Endpoints
  uniqueError?: Model['uniqueError']
  schema: CollectionSchema
}

/** Whether any request may reach the collection's own routes. */
export function isExposed(model: ResolvedModel): boolean {
  const { read, create, update, delete: remove } = model.access
  return [read, create, update, remove].some((rule) => rule !== false)
}
