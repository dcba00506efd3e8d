import type { Execute } from './connection.js'

/** Which columns a constraint is about: the server names the constraint alone. */
export interface Constraints {
  /** The columns, `undefined` when there is no such constraint. Asks the catalog when it does not know it yet. */
  columnsOf(table: string, constraint: string): Promise<readonly string[] | undefined>
  /** Reads all of them. */
  load(execute: Execute): Promise<void>
}

/** Indexes, foreign keys and checks of the current schema by table and name; what is an expression has no column. */
export function createConstraints(query: <T>(work: (execute: Execute) => Promise<T>) => Promise<T>): Constraints {
  let known = new Map<string, readonly string[]>()

  return {
    async columnsOf(table, constraint) {
      const key = keyOf(table, constraint)
      // Another instance, newer than this one, may have added it.
      if (!known.has(key)) await query(load)
      return known.get(key)
    },
    load,
  }

  async function load(execute: Execute): Promise<void> {
    const { rows } = await execute({ sql: CONSTRAINTS, parameters: [] })
    known = new Map(rows.map(([table, name, columns]) => [keyOf(table, name), JSON.parse(String(columns))]))
  }
}

const CONSTRAINTS = `
  SELECT owner.relname, named.name, json_agg(attribute.attname ORDER BY part.position)
  FROM (
    SELECT indrelid AS owner, indexrelid::regclass::oid AS id, relname AS name, (indkey::int2[])[0:indnkeyatts - 1] AS columns
    FROM pg_catalog.pg_index JOIN pg_catalog.pg_class ON pg_class.oid = indexrelid
    WHERE indexprs IS NULL
    UNION ALL
    SELECT conrelid, oid, conname, conkey FROM pg_catalog.pg_constraint WHERE contype IN ('f', 'c')
  ) AS named
  JOIN pg_catalog.pg_class AS owner ON owner.oid = named.owner
  CROSS JOIN LATERAL unnest(named.columns) WITH ORDINALITY AS part (number, position)
  JOIN pg_catalog.pg_attribute AS attribute ON attribute.attrelid = owner.oid AND attribute.attnum = part.number
  WHERE owner.relnamespace = current_schema()::regnamespace
  GROUP BY owner.oid, owner.relname, named.id, named.name`

function keyOf(table: unknown, name: unknown): string {
  return `${table}\0${name}`
}
