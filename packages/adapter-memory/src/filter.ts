import type { Condition, Filter, Query } from '@json-express/core'
import type { Stored } from './column-value.js'
import type { StoredRow } from './table.js'

/** Whether a row passes the filter. */
export function passes(row: StoredRow, { where = [], search }: Filter): boolean {
  if (!where.every((condition) => holds(row[condition.field] ?? null, condition))) return false
  return search === undefined || search.fields.some((field) => contains(row[field] ?? null, search.text))
}

/** Orders rows as `Query.sort` says, ties by `id`. */
export function inOrder(sort: NonNullable<Query['sort']>): (a: StoredRow, b: StoredRow) => number {
  const keys = [...sort, { field: 'id', direction: 'asc' }]
  return (a, b) => {
    for (const { field, direction } of keys) {
      const order = compare(a[field] ?? null, b[field] ?? null)
      if (order !== 0) return direction === 'asc' ? order : -order
    }
    return 0
  }
}

function holds(stored: Stored, { op, value }: Condition): boolean {
  switch (op) {
    case 'eq':
      return stored === value
    case 'ne':
      return stored !== value
    case 'gt':
      return stored !== null && compare(stored, value) > 0
    case 'gte':
      return stored !== null && compare(stored, value) >= 0
    case 'lt':
      return stored !== null && compare(stored, value) < 0
    case 'lte':
      return stored !== null && compare(stored, value) <= 0
    case 'like':
      return contains(stored, value)
    case 'in':
      return value.includes(stored)
    case 'notIn':
      return !value.includes(stored)
  }
}

function contains(stored: Stored, text: string): boolean {
  return typeof stored === 'string' && asciiLower(stored).includes(asciiLower(text))
}

function asciiLower(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}

function compare(a: Stored, b: Stored): number {
  if (a === b) return 0
  if (a === null) return -1
  if (b === null) return 1
  if (typeof a === 'string' && typeof b === 'string') return compareCodePoints(a, b)
  return a < b ? -1 : 1
}

/** JavaScript compares UTF-16 units, in which emoji come before the last characters of the basic plane. */
function compareCodePoints(a: string, b: string): number {
  let index = 0
  while (a.charCodeAt(index) === b.charCodeAt(index)) index++
  return (a.codePointAt(index) ?? -1) - (b.codePointAt(index) ?? -1)
}
