import type { CollectionSchema, Column } from '@json-express/core'
import { instantOf } from './instant.js'
import type { ResolvedModel, StoredField } from './resolved-model.js'

/** What the adapter has to store for a model: its fields without the virtual ones. */
export function collectionSchema(
  model: Pick<ResolvedModel, 'name' | 'access' | 'fields' | 'idKind'>,
): CollectionSchema {
  const stored = [...model.fields.values()].filter((field) => !field.definition.virtual)
  return { name: model.name, columns: stored.map((field) => column(model, field)) }
}

function column(model: Pick<ResolvedModel, 'access' | 'idKind'>, field: StoredField): Column {
  const { definition, name } = field
  const fallback = stored(field, definition.default)
  return {
    name,
    type: columnType(model, field),
    required: definition.required === true || field.kind === 'id',
    unique: definition.unique === true || (definition.kind === 'relation' && definition.type === 'one-to-one'),
    index: definition.index === true || field.kind === 'reference',
    ...(fallback !== undefined && typeof fallback !== 'function' && { default: fallback }),
    ...references(model, field),
  }
}

/** Existing rows are given a default as it is here, past everything that gives new ones their form. */
function stored({ kind }: StoredField, fallback: unknown): unknown {
  return kind === 'date' && typeof fallback === 'string' ? (instantOf(fallback) ?? fallback) : fallback
}

function columnType(model: Pick<ResolvedModel, 'idKind'>, { kind, idKind }: StoredField): Column['type'] {
  if (kind === 'id') return model.idKind === 'integer' ? 'integer' : 'string'
  if (kind === 'reference') return idKind === 'integer' ? 'integer' : 'string'
  return kind
}

/** Owners may be external or gone, and inferred relations were promised by nobody: neither is a foreign key. */
function references(
  { access }: Pick<ResolvedModel, 'access'>,
  { definition, name }: StoredField,
): Pick<Column, 'references'> {
  if (definition.kind !== 'relation' || access.ownerField === name || definition.inferred) return {}
  return { references: { collection: definition.target, onDelete: definition.onDelete ?? 'restrict' } }
}
