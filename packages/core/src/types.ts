import type { FieldAccess } from './access.js'

export type FieldType = 'string' | 'number' | 'boolean' | 'date' | 'id' | 'json' | 'relation'

/** What a field accepts; each key is also a method of the chain: `types.string().required().maxLength(200)`. */
export interface FieldOptions {
  /** Must be given at create and cannot be set to `null`. */
  required?: boolean
  /** The value at create when none is given: a value, or a function called for each record. */
  default?: unknown
  /** No two records share a value. */
  unique?: boolean
  index?: boolean
  /** Bounds of a number, or of a date as ISO 8601. */
  min?: number | string
  max?: number | string
  /** Code points of a string. */
  minLength?: number
  maxLength?: number
  /** A regular expression (source or object) that a string must match; anchor it yourself. */
  pattern?: string | RegExp
  enum?: readonly (string | number)[]
  /** Who may read or write this field, on top of the rules of the model. */
  access?: FieldAccess
  /** Never stored: a before-hook has to turn it into something else and delete it. */
  virtual?: boolean
}

export interface RelationOptions extends FieldOptions {
  /** The collection referred to. */
  target: string
  /** `one-to-one` makes the foreign key unique. Default `many-to-one`. */
  type?: 'many-to-one' | 'one-to-one'
  /** The field that stores the id. Default: the name of the relation + `Id`. */
  foreignKey?: string
  /** What happens to this record when its target is deleted. Default `restrict`: the delete is refused. */
  onDelete?: 'restrict' | 'setNull' | 'cascade'
}

/** A field as plain data: what a chain builds, and what may be written instead of a chain. */
export type FieldDefinition =
  | ({ kind: Exclude<FieldType, 'relation'> } & FieldOptions)
  | ({ kind: 'relation' /** Guessed from data, so not promised to hold. */; inferred?: true } & RelationOptions)

type Chain<O> = { [K in keyof O & string as K]-?: (value: O[K]) => Field<O> }

/** A field definition with one method per option. Each call returns a new field. */
export type Field<O = FieldOptions> = { readonly definition: FieldDefinition } & Omit<Chain<O>, Flag> & {
    [K in Flag & keyof O]: (value?: boolean) => Field<O>
  }

type Flag = 'required' | 'unique' | 'index' | 'virtual'

const FLAGS: ReadonlySet<string> = new Set<Flag>(['required', 'unique', 'index', 'virtual'])
const OPTIONS = [
  ...FLAGS,
  ...['default', 'min', 'max', 'minLength', 'maxLength', 'pattern', 'enum', 'access'],
  ...['target', 'type', 'foreignKey', 'onDelete'],
]

function field<O>(definition: FieldDefinition): Field<O> {
  const chain: Record<string, unknown> = { definition: Object.freeze(definition) }
  for (const option of OPTIONS) {
    chain[option] = (value: unknown = FLAGS.has(option) ? true : undefined) =>
      field<O>({ ...definition, [option]: value } as FieldDefinition)
  }
  return Object.freeze(chain) as Field<O>
}

/** The field types of a model. Options may be given as an object or chained. */
export const types = {
  /** Well-formed Unicode text without NUL. */
  string: (options: FieldOptions = {}) => field<FieldOptions>({ ...options, kind: 'string' }),
  /** A finite number. */
  number: (options: FieldOptions = {}) => field<FieldOptions>({ ...options, kind: 'number' }),
  boolean: (options: FieldOptions = {}) => field<FieldOptions>({ ...options, kind: 'boolean' }),
  /** An ISO 8601 instant, kept in UTC with milliseconds. `createdAt` and `updatedAt` are stamped by the server. */
  date: (options: FieldOptions = {}) => field<FieldOptions>({ ...options, kind: 'date' }),
  /** A UUIDv7 made by the server (RFC 9562), never reused. */
  id: (options: FieldOptions = {}) => field<FieldOptions>({ ...options, kind: 'id' }),
  /** Any JSON value. Not sortable, not searchable. */
  json: (options: FieldOptions = {}) => field<FieldOptions>({ ...options, kind: 'json' }),
  /** A reference to a record of another collection, stored as its id in `foreignKey`. */
  relation: (options: RelationOptions) => field<RelationOptions>({ ...options, kind: 'relation' }),
} as const
