import { createHash } from 'node:crypto'
import type { CompiledQuery } from 'kysely'
import type { Statement } from './connection.js'
import { insertNumbered } from './id-counter.js'
import { queries } from './queries.js'
import type { Selection, Table } from './table.js'

/**
 * The statements that run at every request: compiled once for each table, and choice of columns. Those that every table
 * has once are prepared on each connection, which spares the server a third of its work on them.
 */
export const hotQueries = {
  insert: once((table) => prepared(table.numbered ? insertNumbered(table) : queries.insert(table))),

  insertMany: once((table) => prepared(table.numbered ? insertNumbered(table) : queries.insertMany(table))),

  lookup(table: Table, fields?: readonly string[]): Lookup {
    const key = fields?.join() ?? '*'
    const known = lookups.get(table)?.get(key)
    if (known !== undefined) return known
    const { columns, decode } = table.select(fields)
    const [one, many] = [queries.findById(table, columns), queries.findByIds(table, columns)]
    const isOften = fields === undefined
    const lookup = { one: isOften ? prepared(one) : one, many: isOften ? prepared(many) : many, decode }
    lookups.set(table, (lookups.get(table) ?? new Map<string, Lookup>()).set(key, lookup))
    return lookup
  },
}

type Template = Pick<Statement, 'sql' | 'name'>

export interface Lookup extends Pick<Selection, 'decode'> {
  /** Takes an id. */
  one: Template
  /** Takes an array of ids. */
  many: Template
}

// A migration makes new tables, so nothing in here gets old.
const lookups = new WeakMap<Table, Map<string, Lookup>>()

function once(compile: (table: Table) => Template): (table: Table) => Template {
  const known = new WeakMap<Table, Template>()
  return (table) => {
    const template = known.get(table) ?? compile(table)
    known.set(table, template)
    return template
  }
}

/** Named after its text: another text under the same name would be refused. */
function prepared({ sql }: CompiledQuery): Template {
  return { sql, name: `jex_${createHash('sha256').update(sql).digest('hex').slice(0, 32)}` }
}
