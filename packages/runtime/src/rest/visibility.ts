import { fieldNotWritable, hasRole, may, ownOnly, type Row, type User, validationFailed } from '@json-express/core'
import type { ResolvedModel, StoredField } from '../models/resolved-model.js'
import { nearest } from '../nearest.js'

/** Whether the record is the caller's own. */
export function owns(model: ResolvedModel, user: User | null, record: Row): boolean {
  const { ownerField } = model.access
  return user !== null && ownerField !== undefined && record[ownerField] === user.id
}

/** Whether the caller may see the field in a record that is or is not his own. */
function readable({ definition, access }: StoredField, user: User | null, own: boolean): boolean {
  return definition.virtual !== true && (access.read === undefined || may(user, access.read, own))
}

/** Whether there is a field of this name that the caller may see in some record. */
export function mayShow(model: ResolvedModel, user: User | null, name: string): boolean {
  const field = model.fields.get(name)
  return field !== undefined && readable(field, user, user !== null)
}

/** The fields that the caller may see in every record a list holds for him: what he may filter, sort and search on. */
export function queryableFields(model: ResolvedModel, user: User | null): Map<string, StoredField> {
  const own = ownOnly(user, model.access.read)
  return new Map([...model.fields].filter(([, field]) => readable(field, user, own)))
}

/** A copy of the record with nothing in it but what the caller may see, narrowed to `wanted` when given. */
export function project(
  model: ResolvedModel,
  user: User | null,
  record: Row,
  wanted?: ReadonlySet<string>,
): Record<string, unknown> {
  const own = owns(model, user, record)
  const view: Record<string, unknown> = {}
  for (const [name, field] of model.fields) {
    if (wanted !== undefined && !wanted.has(name)) continue
    if (readable(field, user, own)) view[name] = Object.hasOwn(record, name) ? (record[name] ?? null) : null
  }
  return view
}

/**
 * Refuses a body that names what is not a field (`VALIDATION_FAILED`) or what the caller may not write
 * (`FIELD_NOT_WRITABLE`). `own` says whether the record belongs to the caller.
 */
export function assertWritable(
  model: ResolvedModel,
  user: User | null,
  body: Record<string, unknown>,
  operation: 'create' | 'update',
  own: boolean,
): void {
  const unknown = Object.keys(body).filter((name) => !model.fields.has(name))
  if (unknown.length > 0) {
    throw validationFailed(unknown.map((field) => ({ field, message: `is not a field${hint(model, user, field)}` })))
  }
  const refused = Object.keys(body).filter((name) => !writable(model, user, name, operation, own))
  if (refused.length > 0) throw fieldNotWritable(refused)
}

/** Ids and stamps are the server's, the owner is the caller unless an admin says otherwise. */
export function writable(
  model: ResolvedModel,
  user: User | null,
  name: string,
  operation: 'create' | 'update',
  own: boolean,
): boolean {
  const field = model.fields.get(name)
  if (field === undefined || field.kind === 'id') return false
  const rule = field.access[operation]
  if (rule !== undefined) return may(user, rule, own)
  if (field.stamp !== undefined) return false
  if (name === model.access.ownerField) return hasRole(user, 'admin')
  return true
}

function hint(model: ResolvedModel, user: User | null, name: string): string {
  const relation = model.relations.get(name)
  if (relation) return `, set ${relation.foreignKey}`
  const near = nearest(name, [...queryableFields(model, user).keys()])
  return near === undefined ? '' : `, did you mean ${near}?`
}
