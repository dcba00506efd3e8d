import type { FieldAccess, ModelAccess } from './access.js'
import type { Endpoints, Hooks } from './context.js'
import type { Field, FieldDefinition } from './types.js'

/** What `defineModel` takes. */
export interface ModelOptions {
  /** The collection and its path. Default: the name of the file. */
  name?: string
  fields: Record<string, Field<never> | { readonly definition: FieldDefinition } | FieldDefinition>
  access?: ModelAccess
  hooks?: Hooks
  endpoints?: Endpoints
  /**
   * For models of packages: an app may extend the model with fields, hooks and endpoints but not loosen it. Its own
   * fields get these rules where they name none.
   */
  extension?: { fieldAccess: FieldAccess }
  /** The error that a unique violation becomes instead of `UNIQUE_VIOLATION`, for packages with codes of their own. */
  uniqueError?: (fields: readonly string[]) => Error
}

/** A model as plain data, fields without their chains. */
export interface Model extends Omit<ModelOptions, 'fields'> {
  readonly kind: 'model'
  readonly fields: Readonly<Record<string, FieldDefinition>>
}

/** Routes without a table, below the name of their file. */
export interface Routes {
  readonly kind: 'routes'
  name?: string
  endpoints: Endpoints
}

export const COLLECTION_PATTERN = /^[a-zA-Z][a-zA-Z0-9_-]{0,62}$/
export const FIELD_PATTERN = /^[a-zA-Z][a-zA-Z0-9_]{0,62}$/
/** Names that would collide with routes of the server. */
export const RESERVED_COLLECTIONS: readonly string[] = ['auth', 'health', 'ready']

/**
 * Defines a collection: its fields, rules, hooks and endpoints. The default export of a file in `models/`.
 * Nothing is checked here; boot checks every model together and names the file.
 */
export function defineModel(options: ModelOptions): Model {
  const { fields } = options
  if (typeof fields !== 'object' || fields === null) return { ...options, kind: 'model' } as Model
  const plain = Object.entries(fields).map(([name, field]): [string, FieldDefinition] => {
    const isChain = typeof field === 'object' && field !== null && 'definition' in field
    return [name, isChain ? (field as { definition: FieldDefinition }).definition : (field as FieldDefinition)]
  })
  return { ...options, kind: 'model', fields: Object.fromEntries(plain) }
}

/** Defines routes without a table. The default export of a file in `models/`; the name of the file is the prefix. */
export function defineRoutes(options: Omit<Routes, 'kind'>): Routes {
  return { ...options, kind: 'routes' }
}
