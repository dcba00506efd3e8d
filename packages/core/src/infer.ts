import type { FieldDefinition } from './types.js'

const ISO_INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/

/**
 * Infers the fields of a collection from its JSON rows. A field whose rows disagree is `json`; `null` says nothing;
 * instants are recognised by ISO 8601 with a time zone, a bare day stays text. `<name>Id` becomes a relation where a
 * collection `<name>`, `<name>s` or `<name>es` exists, without a foreign key in the database, since nobody promised one.
 */
export function inferFields(
  rows: readonly Record<string, unknown>[],
  collections: readonly string[] = [],
): Record<string, FieldDefinition> {
  const names = new Set(rows.flatMap((row) => Object.keys(row)))
  names.delete('id')
  const fields = [...names].map((name): [string, FieldDefinition] => {
    const target = relationTarget(name, collections)
    const relation = name.slice(0, -2)
    if (target !== undefined && !names.has(relation)) {
      return [relation, { kind: 'relation', target, foreignKey: name, inferred: true }]
    }
    const [only, ...others] = new Set(rows.map((row) => kindOf(row[name])).filter((kind) => kind !== null))
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

function relationTarget(field: string, collections: readonly string[]): string | undefined {
  if (!field.endsWith('Id') || field.length < 3) return undefined
  const stem = field.slice(0, -2)
  return [stem, `${stem}s`, `${stem}es`].find((name) => collections.includes(name))
}
