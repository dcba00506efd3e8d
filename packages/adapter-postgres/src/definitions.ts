import type { CollectionSchema, Column } from '@json-express/core'
import { type CreateTableBuilder, type RawBuilder, sql } from 'kysely'
import pg from 'pg'
import { COLUMNS_TABLE } from './existing-table.js'
import { COUNTERS_TABLE } from './id-counter.js'
import { constraintName } from './names.js'
import { builder } from './queries.js'
import { BY_CODE_POINT, STORAGE } from './storage.js'
import type { SqlValue } from './table.js'

// Checked at the end of the statement, or later where that is too early (see restrictions.ts); RESTRICT of SQL would
// refuse even a row that refers to itself.
const ON_DELETE = { restrict: 'no action', setNull: 'set null', cascade: 'cascade' } as const

/** The statements that a migration consists of, complete: none has values to bind. */
export const definitions = {
  createTable({ name, columns }: CollectionSchema): string {
    let table: CreateTableBuilder<string, string> = builder.schema.createTable(name)
    // Never NOT NULL but for ids: what is required is checked above, and may become optional again.
    for (const column of columns) table = table.addColumn(column.name, typeOf(column))
    return table.addPrimaryKeyConstraint(constraintName(name, 'id', 'key'), ['id']).compile().sql
  },

  /** With a default, the rows that are there have it from now on, and none of them is written. */
  addColumn(table: string, column: Column, fallback: SqlValue): string[] {
    const alter = builder.schema.alterTable(table)
    if (fallback === null) return [alter.addColumn(column.name, typeOf(column)).compile().sql]
    return [
      alter.addColumn(column.name, typeOf(column), (definition) => definition.defaultTo(literal(fallback))).compile()
        .sql,
      alter.alterColumn(column.name, (definition) => definition.dropDefault()).compile().sql,
    ]
  },

  createIndex(table: string, { name, unique }: Column): string {
    const index = builder.schema
      .createIndex(constraintName(table, name, unique ? 'unique' : 'index'))
      .on(table)
      // As rows are sorted, so that the index serves.
      .expression(sql`${sql.ref(name)} nulls first`)
    return (unique ? index.unique() : index).compile().sql
  },

  addReference(table: string, name: string, { collection, onDelete }: NonNullable<Column['references']>): string {
    const reference = builder.schema
      .alterTable(table)
      .addForeignKeyConstraint(constraintName(table, name, 'reference'), [name], collection, ['id'])
      .onDelete(ON_DELETE[onDelete])
    return (onDelete === 'restrict' ? reference.deferrable() : reference).compile().sql
  },

  createColumnsTable(): string {
    return builder.schema
      .createTable(COLUMNS_TABLE)
      .addColumn('collection', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('type', 'text', (column) => column.notNull())
      .addColumn('required', 'boolean', (column) => column.notNull())
      .addPrimaryKeyConstraint(`${COLUMNS_TABLE}.key`, ['collection', 'name'])
      .compile().sql
  },

  /** Notes what a column is for the next start. */
  noteColumn(table: string, { name, type, required }: Column): string {
    const key = { collection: literal(table), name: literal(name) }
    const note = { type: literal(type), required: literal(required) }
    return builder
      .insertInto(COLUMNS_TABLE)
      .values({ ...key, ...note })
      .onConflict((conflict) => conflict.columns(['collection', 'name']).doUpdateSet(note))
      .compile().sql
  },

  createCountersTable(): string {
    return builder.schema
      .createTable(COUNTERS_TABLE)
      .addColumn('collection', 'text', (column) => column.notNull())
      .addColumn('before', 'bigint', (column) => column.notNull())
      .addColumn('highest', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint(`${COUNTERS_TABLE}.key`, ['collection'])
      .compile().sql
  },

  /** Starts to count the ids of a collection, or goes on behind ids that somebody else has stored. */
  countIds(table: string): string {
    const highest = sql`coalesce(max("id"), 0)`
    return builder
      .insertInto(COUNTERS_TABLE)
      .columns(['collection', 'before', 'highest'])
      .expression(sql`select ${literal(table)}, ${highest}, ${highest} from ${sql.ref(table)}`)
      .onConflict((conflict) =>
        conflict.column('collection').doUpdateSet({
          highest: sql`greatest(${sql.ref(`${COUNTERS_TABLE}.highest`)}, "excluded"."highest")`,
        }),
      )
      .compile().sql
  },
} as const

function typeOf({ type }: Column): RawBuilder<unknown> {
  return sql.raw(STORAGE[type] === 'text' ? `${STORAGE[type]} ${BY_CODE_POINT}` : STORAGE[type])
}

function literal(value: string | number | boolean): RawBuilder<unknown> {
  return typeof value === 'string' ? sql.raw(pg.escapeLiteral(value)) : sql.lit(value)
}
