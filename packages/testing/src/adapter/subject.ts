import type { CollectionSchema, Column, ColumnType, IDatabaseAdapter } from '@json-express/core'
import type { Rule } from '../suite.js'

/** The adapter under test. */
export interface AdapterSubject {
  /** A new adapter on a database in which nothing is. The rules close it. */
  open(): Promise<IDatabaseAdapter>
}

export interface DurableAdapterSubject extends AdapterSubject {
  /** A new adapter on the database of one that was closed. */
  reopen(closed: IDatabaseAdapter): Promise<IDatabaseAdapter>
}

/** A rule on an adapter of its own with these collections, closed afterwards whatever happens. */
export function adapterRule(
  name: string,
  schemas: readonly CollectionSchema[],
  work: (db: IDatabaseAdapter) => Promise<void>,
): Rule<AdapterSubject> {
  return {
    name,
    async run(subject) {
      const db = await subject.open()
      try {
        if (schemas.length > 0) await db.migrate(schemas)
        await work(db)
      } finally {
        await db.close()
      }
    },
  }
}

/** A collection with text ids. */
export function collection(name: string, ...columns: Column[]): CollectionSchema {
  return { name, columns: [column('id', 'string', { required: true }), ...columns] }
}

/** A collection with integer ids. */
export function numbered(name: string, ...columns: Column[]): CollectionSchema {
  return { name, columns: [column('id', 'integer', { required: true }), ...columns] }
}

export function column(name: string, type: ColumnType = 'string', options: Partial<Column> = {}): Column {
  return { name, type, required: false, unique: false, index: false, ...options }
}

export function reference(
  name: string,
  collection: string,
  onDelete: 'restrict' | 'setNull' | 'cascade' = 'restrict',
  type: ColumnType = 'string',
): Column {
  return column(name, type, { references: { collection, onDelete } })
}

/** One column of every type. */
export const articles = collection(
  'articles',
  column('title'),
  column('views', 'number'),
  column('open', 'boolean'),
  column('at', 'date'),
  column('meta', 'json'),
)
