/** What a layer lies upon: a `Map`, or another layer. */
export interface Entries<K, V> {
  get(key: K): V | undefined
  set(key: K, value: V): unknown
  delete(key: K): unknown
  entries(): Iterable<[K, V]>
}

/** Changes on top of other entries, which show nothing of them until `commit`. */
export interface Layer<K, V> extends Entries<K, V> {
  /** Moves the changes down. To undo them, forget the layer. */
  commit(): void
}

export function createLayer<K, V>(below: Entries<K, V>): Layer<K, V> {
  const changes = new Map<K, V | undefined>()

  return {
    get: (key) => (changes.has(key) ? changes.get(key) : below.get(key)),
    set: (key, value) => changes.set(key, value),
    delete: (key) => changes.set(key, undefined),
    *entries() {
      for (const entry of below.entries()) if (!changes.has(entry[0])) yield entry
      for (const [key, value] of changes) if (value !== undefined) yield [key, value]
    },
    commit() {
      for (const [key, value] of changes) {
        if (value === undefined) below.delete(key)
        else below.set(key, value)
      }
    },
  }
}
