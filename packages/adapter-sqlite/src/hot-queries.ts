import { queries } from './queries.js'
import type { Selection, Table } from './table.js'

/** SQL of the statements that run at every request: compiled once for each table, and choice of columns. */
export const hotQueries = {
  insert(table: Table): string {
    const known = inserts.get(table)
    if (known !== undefined) return known
    const { sql } = queries.insert(table)
    inserts.set(table, sql)
    return sql
  },

  lookup(table: Table, fields?: readonly string[]): Lookup {
    const key = fields?.join() ?? '*'
    const known = lookups.get(table)?.get(key)
    if (known !== undefined) return known
    const { columns, decode } = table.select(fields)
    const lookup = { one: queries.findById(table, columns).sql, many: queries.findByIds(table, columns).sql, decode }
    lookups.set(table, (lookups.get(table) ?? new Map<string, Lookup>()).set(key, lookup))
    return lookup
  },
}

export interface Lookup extends Pick<Selection, 'decode'> {
  /** Takes an id. */
  one: string
  /** Takes a JSON array of ids. */
  many: string
}

// A migration makes new tables, so nothing in here gets old.
const lookups = new WeakMap<Table, Map<string, Lookup>>()
const inserts = new WeakMap<Table, string>()
