import { createHash } from 'node:crypto'

/** PostgreSQL cuts longer names without a word. */
export const MAX_NAME_BYTES = 63

/**
 * The name of an index or constraint of a column. Indexes and tables share their names, and that of a collection has no
 * dot. Where the whole name would be too long, a hash stands for table and column.
 */
export function constraintName(table: string, column: string, kind: 'key' | 'unique' | 'index' | 'reference'): string {
  const name = `${table}.${column}.${kind}`
  if (Buffer.byteLength(name) <= MAX_NAME_BYTES) return name
  return `jex.${createHash('sha256').update(`${table}.${column}`).digest('hex').slice(0, 40)}.${kind}`
}
