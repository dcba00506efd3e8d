import type { Column } from '@json-express/core'

/** What is kept of a value: JSON as text, so that what goes in and comes out is a copy. */
export type Stored = string | number | boolean | null

/** Throws `TypeError` for a value that is not of the type of the column, as a database with types does. */
export function toStored(collection: string, { name, type }: Column, value: unknown): Stored {
  if (value === null || value === undefined) return null
  if (type === 'json') {
    const text: string | undefined = JSON.stringify(value)
    if (text !== undefined) return text
  }
  if ((type === 'string' || type === 'date') && typeof value === 'string') return value
  if (type === 'boolean' && typeof value === 'boolean') return value
  if (type === 'number' && Number.isFinite(value)) return value as number
  if (type === 'integer' && Number.isSafeInteger(value)) return value as number
  throw new TypeError(`${collection}.${name} takes a ${type}, this is not one: ${typeof value}`)
}

export function fromStored({ type }: Column, value: Stored): unknown {
  return type === 'json' && typeof value === 'string' ? JSON.parse(value) : value
}
