import type { ColumnType } from '@json-express/core'

/**
 * How PostgreSQL stores the types of a model. Dates and JSON are text, too: what comes out is what went in, to the last
 * character, and sorts as on every other adapter. `timestamptz` would lose the form, `jsonb` the order of keys and NUL.
 */
export const STORAGE: Readonly<Record<ColumnType, 'text' | 'double precision' | 'boolean' | 'bigint'>> = {
  string: 'text',
  date: 'text',
  json: 'text',
  number: 'double precision',
  boolean: 'boolean',
  integer: 'bigint',
}

/** Sorts and compares by code point, where the collation of the database follows a language. */
export const BY_CODE_POINT = 'collate "C"'
