/** Anything JSON can carry. Values go in and come out as copies; nothing is shared with the store. */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue }

/** A value that can be stored: `null` is how a store says "absent", so it cannot be a value. */
export type KvValue = Exclude<JsonValue, null>

export interface KvSetOptions {
  /** Life of the entry in milliseconds, a positive integer, more than 24.8 days allowed. Left out: no end. */
  ttlMs?: number
}

export interface KvIncrementOptions {
  /** How much to add, an integer. Default 1. */
  by?: number
  /** Life in milliseconds, set when the counter is created and never extended by later increments. */
  ttlMs?: number
}

/**
 * A key-value store with TTL.
 *
 * Keys are non-empty strings. `take`, `increment` and `compareAndSet` are atomic, across processes where the store is
 * shared. Absent or expired is `null`; a failing backend rejects with `UnavailableError`, it never answers `null`.
 * A `ttlMs` that is not a positive safe integer rejects with `RangeError`.
 */
export interface IKvStore {
  /** Returns a copy of the value, or `null` when absent or expired. */
  get<T extends KvValue = KvValue>(key: string): Promise<T | null>

  /** Stores a copy, replaces the value and the TTL that were there. */
  set(key: string, value: KvValue, options?: KvSetOptions): Promise<void>

  /** Removes the entry. Resolves to whether there was one. */
  delete(key: string): Promise<boolean>

  /** Returns the value and removes it in one atomic step: of many concurrent calls exactly one gets it. */
  take<T extends KvValue = KvValue>(key: string): Promise<T | null>

  /**
   * Adds to an integer counter and returns the new value. An absent counter starts at 0.
   * Rejects with `TypeError` when the key holds something that is not an integer.
   */
  increment(key: string, options?: KvIncrementOptions): Promise<number>

  /**
   * Replaces `expected` by `next` in one atomic step; resolves to whether it did.
   *
   * `expected: null` means "absent", `next: null` means "delete". Values are compared as serialised JSON, so pass back
   * what `get` returned. The TTL of the entry becomes the one given, or none.
   */
  compareAndSet(key: string, expected: KvValue | null, next: KvValue | null, options?: KvSetOptions): Promise<boolean>

  /** Resolves when the backend answers, rejects with `UnavailableError` when it does not. */
  health(): Promise<void>

  /** Releases timers and connections. Calls after it reject with `UnavailableError`. */
  close(): Promise<void>
}
