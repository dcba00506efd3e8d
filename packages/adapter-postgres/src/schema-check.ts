import type { CollectionSchema } from '@json-express/core'
import type { ExistingTable } from './existing-table.js'
import { MAX_NAME_BYTES } from './names.js'

/** Every table has these (https://www.postgresql.org/docs/current/ddl-system-columns.html). */
const SYSTEM_COLUMNS = new Set(['tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid'])

/** What PostgreSQL cannot store at all, one readable line each. */
export function checkSchemas(
  schemas: readonly CollectionSchema[],
  existing: ReadonlyMap<string, ExistingTable>,
): string[] {
  const known = new Map(schemas.map(({ name, columns }) => [name, columns.find((column) => column.name === 'id')]))
  return schemas.flatMap(({ name, columns }) => {
    const problems = checkName(name, name)
    if (name.startsWith('pg_')) problems.push(`${name}: PostgreSQL keeps names that begin with pg_ for itself`)
    if (existing.get(name)?.isTable === false) {
      problems.push(`${name} is something else in this database, a view perhaps: rename that or the collection`)
    }
    for (const { name: field, type, references } of columns) {
      const full = `${name}.${field}`
      problems.push(...checkName(full, field))
      if (SYSTEM_COLUMNS.has(field)) problems.push(`${full}: PostgreSQL keeps this name for itself, rename the field`)
      if (references === undefined) continue
      const target = known.get(references.collection)
      if (target !== undefined && target.type !== type) {
        problems.push(`${full} is a ${type}, but ${references.collection}.id, to which it refers, is a ${target.type}`)
      }
      if (known.has(references.collection) || existing.has(references.collection)) continue
      problems.push(`${full} refers to ${references.collection}, which does not exist`)
    }
    return problems
  })
}

function checkName(full: string, name: string): string[] {
  const bytes = Buffer.byteLength(name)
  if (bytes <= MAX_NAME_BYTES) return []
  return [`${full}: a name may have ${MAX_NAME_BYTES} bytes, this one has ${bytes}`]
}
