import type { Query, Row, Scalar, WriteCondition } from './contracts/adapter.js'
import type { User } from './user.js'

/** Equality on fields, a list meaning any of; for other comparisons use `Query.where`. */
export type Where = Readonly<Record<string, Scalar | readonly Scalar[]>>

export interface CollectionQuery extends Omit<Query, 'where'> {
  where?: Where | NonNullable<Query['where']>
}

export interface WriteOptions extends WriteCondition {
  /** The request on whose behalf this is done, for the hooks. Left out: internal work. */
  request?: { user: User | null }
}

/**
 * The records of one model as server code uses them: defaults, validation and hooks apply, rules do not (those belong
 * to HTTP). Throws `VALIDATION_FAILED`, `UNIQUE_VIOLATION` and `REFERENCED` errors that may go to the client as they are.
 */
export interface Collection {
  readonly name: string
  find(query?: CollectionQuery): Promise<Row[]>
  findOne(where: Where): Promise<Row | null>
  get(id: string | number): Promise<Row | null>
  getMany(ids: readonly (string | number)[]): Promise<Row[]>
  count(query?: Pick<CollectionQuery, 'where' | 'search'>): Promise<number>
  create(data: Record<string, unknown>, options?: WriteOptions): Promise<Row>
  /** `null` when there is no such record or `ifMatch` does not hold. */
  update(id: string | number, changes: Record<string, unknown>, options?: WriteOptions): Promise<Row | null>
  /**
   * A copy of the record with only what this caller may read, as REST would answer it; `null` is an anonymous caller.
   * For endpoints that return records.
   */
  view(record: Row, user: User | null): Record<string, unknown>
  /**
   * Throws `FIELD_NOT_WRITABLE` or `VALIDATION_FAILED` when data names what this caller may not write, as REST would.
   * For endpoints that take fields of a model.
   */
  assertWritable(data: Record<string, unknown>, user: User | null, operation: 'create' | 'update'): void
  /** The removed record, or `null`. */
  delete(id: string | number, options?: WriteOptions): Promise<Row | null>
}

export interface Collections {
  /** Throws when there is no such collection, naming the nearest. */
  get(name: string): Collection
  has(name: string): boolean
  names(): string[]
  /**
   * Runs `work` in one transaction; only what goes through the collections handed over takes part. On PostgreSQL it may
   * run several times, when another write has undone a try: it has no effects but those on records. After-hooks wait for
   * the commit and run once.
   */
  transaction<T>(work: (collections: Collections) => Promise<T>): Promise<T>
}
