/** A stored record. Dates are ISO 8601 UTC strings with milliseconds, a missing value is `null`. */
export type Row = { id: string | number } & Record<string, unknown>

export type ColumnType = 'string' | 'number' | 'boolean' | 'date' | 'json' | 'integer'

/** One column of a collection, as an adapter needs to know it. */
export interface Column {
  name: string
  /** `integer` only for ids and references to integer ids; `json` is any JSON value. */
  type: ColumnType
  /** Never `null`. Enforced above the adapter; `migrate` uses it to refuse what old rows cannot satisfy. */
  required: boolean
  /** No two rows share a value that is not `null`. */
  unique: boolean
  /** Wants an index (unique columns and references have one anyway). */
  index: boolean
  /** Given to the existing rows when the column is added later. */
  default?: unknown
  /** A foreign key that the database keeps. */
  references?: { collection: string; onDelete: 'restrict' | 'setNull' | 'cascade' }
}

export interface CollectionSchema {
  name: string
  /** Always contains `id`, first. An `integer` id is assigned by the adapter when absent: highest ever + 1. */
  columns: readonly Column[]
}

export type Scalar = string | number | boolean | null

/**
 * One condition. `eq`/`ne` treat `null` as a value (`ne` holds for `null` rows unless the value is `null`); the
 * comparisons never hold for `null`. `like` is "contains", ignoring the case of ASCII letters, with no wildcards.
 * `in`/`notIn` take a list; an empty `in` matches nothing.
 */
export type Condition =
  | { field: string; op: 'eq' | 'ne'; value: Scalar }
  | { field: string; op: 'gt' | 'gte' | 'lt' | 'lte'; value: string | number }
  | { field: string; op: 'like'; value: string }
  | { field: string; op: 'in' | 'notIn'; value: readonly Scalar[] }

export interface Filter {
  /** All must hold. */
  where?: readonly Condition[]
  /** At least one of `fields` contains `text`, ignoring the case of ASCII letters. */
  search?: { fields: readonly string[]; text: string }
}

export interface Query extends Filter {
  /** Strings sort by code point, `false` before `true`, `null` first when ascending. Ties are broken by `id`. */
  sort?: readonly { field: string; direction: 'asc' | 'desc' }[]
  limit?: number
  offset?: number
  /** Columns to return; left out: all. */
  fields?: readonly string[]
}

export interface WriteCondition {
  /** The write happens only while every named column holds the given value (`null` included). */
  ifMatch?: Readonly<Record<string, Scalar>>
}

/** The data operations, inside or outside of a transaction. Rows go in and come out as copies. */
export interface IDatabaseSession {
  /**
   * Stores a row and returns it whole, absent columns as `null`.
   * Throws `UniqueViolationError` naming the fields, `ReferenceViolationError` naming the field whose target is missing,
   * `RuleViolationError` where a table that was there before has rules of its own.
   */
  insert(collection: string, row: Record<string, unknown>): Promise<Row>

  /** Stores many rows in one step, all or none. Same errors as `insert`. Integer ids that are given are kept. */
  insertMany(collection: string, rows: readonly Record<string, unknown>[]): Promise<void>

  /** The rows with these ids, in no promised order, each once; ids that do not exist are left out. One round trip. */
  findByIds(collection: string, ids: readonly (string | number)[], fields?: readonly string[]): Promise<Row[]>

  find(collection: string, query?: Query): Promise<Row[]>

  count(collection: string, filter?: Filter): Promise<number>

  /**
   * Changes the named columns of one row in one atomic step. Returns the row as it is after, or `null` when there is
   * no such row or `ifMatch` does not hold. Same errors as `insert`.
   */
  update(
    collection: string,
    id: string | number,
    changes: Record<string, unknown>,
    condition?: WriteCondition,
  ): Promise<Row | null>

  /**
   * Removes one row and returns it, or `null` when there is no such row or `ifMatch` does not hold.
   * Throws `ReferenceViolationError` naming the collection that still refers to it (`onDelete: restrict`).
   */
  delete(collection: string, id: string | number, condition?: WriteCondition): Promise<Row | null>
}

export interface MigrationReport {
  /** Collections created. */
  created: string[]
  /** Columns and indexes added, as `collection.column`. */
  extended: string[]
  /** What could not be done additively and is left as it is, one readable line each. */
  warnings: string[]
}

/** What a migration would do. */
export interface MigrationPlan extends MigrationReport {
  /** The statements in their order, as an operator could run them; none where there is no such language. */
  statements: string[]
}

/**
 * Stores and finds. Defaults, hooks, rules and validation live above it, once.
 *
 * A backend that fails or does not answer in time rejects with `UnavailableError` (with `cause`), never with an empty
 * result. `insert`, `update` and `delete` outside of a transaction are durable when they resolve.
 */
export interface IDatabaseAdapter extends IDatabaseSession {
  /**
   * Creates and extends tables, columns, indexes and foreign keys; never drops or retypes. Safe to run at every boot
   * and by several processes at once. Throws `MigrationError` with a readable message when the existing data forbids it.
   */
  migrate(schemas: readonly CollectionSchema[]): Promise<MigrationReport>

  /** What `migrate` would do now, and throws what it would throw; changes nothing. */
  plan(schemas: readonly CollectionSchema[]): Promise<MigrationPlan>

  /**
   * Runs `work` in one serialisable transaction: commits when it resolves, rolls back and rethrows when it rejects.
   * It may run several times, when a database with many writers has undone a try: it has no effects but those on rows.
   * Only the session handed over takes part. Writes outside wait their turn, for a bounded time; reads outside see the
   * committed state. No nesting.
   */
  transaction<T>(work: (session: IDatabaseSession) => Promise<T>): Promise<T>

  health(): Promise<void>

  /** Waits for running writes, releases everything. Calls after it reject with `UnavailableError`. */
  close(): Promise<void>
}
