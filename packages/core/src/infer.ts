import type { FieldDefinition } from './types.js'

const ISO_INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/

/**
 * Infers the fields of a collection from its JSON rows. A field whose rows disagree is `json`; `null` says nothing;
 * instants are recognised by ISO 8601 with a time zone, a bare day stays text. `<name>Id` becomes a relation where a
 * collection `<name>`, `<name>s` or `<name>es` exists and every value could be one of its ids, without a foreign key in
 * the database, since nobody promised one. `collections` says what kind of ids each has.
 */
export function inferFields(
  rows: readonly Record<string, unknown>[],
  collections: ReadonlyMap<string, 'uuid' | 'integer' | 'string'> = new Map(),
): Record<string, FieldDefinition> {
  const names = new Set(rows.flatMap((row) => Object.keys(row)))
  names.delete('id')
  const fields = [...names].map((name): [string, FieldDefinition] => {
    const values = rows.map((row) => (Object.hasOwn(row, name) ? (row[name] ?? null) : null))
    const target = relationTarget(name, collections)
    const relation = name.slice(0, -2)
    const isId = collections.get(target ?? '') === 'integer' ? isIntegerId : isTextId
    if (target !== undefined && !names.has(relation) && values.every((value) => value === null || isId(value))) {
      return [relation, { kind: 'relation', target, foreignKey: name, inferred: true }]
    }
    const [only, ...others] = new Set(values.map(kindOf).filter((kind) => kind !== null))
    return [name, { kind: only !== undefined && others.length === 0 ? only : 'json' }]
  })
  return Object.fromEntries([['id', { kind: 'id' }], ...fields])
}

function kindOf(value: unknown): 'string' | 'number' | 'boolean' | 'date' | 'json' | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'number') return 'number'
  if (typeof value === 'boolean') return 'boolean'
  if (typeof value !== 'string') return 'json'
  return ISO_INSTANT.test(value) && !Number.isNaN(Date.parse(value)) ? 'date' : 'string'
}

function isIntegerId(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

function isTextId(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}

function relationTarget(field: string, collections: { has(name: string): boolean }): string | undefined {
  if (!field.endsWith('Id') || field.length < 3) return undefined
  const stem = field.slice(0, -2)
  return [stem, `${stem}s`, `${stem}es`].find((name) => collections.has(name))
}
