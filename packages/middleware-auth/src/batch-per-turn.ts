import { errors } from '@json-express/core'

interface Waiting<T> {
  resolve(value: T | undefined): void
  reject(error: unknown): void
}

/**
 * Makes a look-up that gathers everything asked within one turn of the event loop into one call of `load`, each key once.
 * Nothing is kept between turns, so a revocation holds for the very next request. Resolves to `undefined` for what `load`
 * does not return, rejects with `UNAVAILABLE` (with `cause`) when it fails, never with a 401.
 */
export function batchPerTurn<T>(
  load: (keys: string[]) => Promise<ReadonlyMap<string, T | Error>>,
): (key: string) => Promise<T | undefined> {
  let batch = new Map<string, Waiting<T>[]>()

  const flush = async () => {
    const asked = batch
    batch = new Map()
    try {
      const found = await load([...asked.keys()])
      for (const [key, waiting] of asked) {
        const value = found.get(key)
        for (const { resolve, reject } of waiting) value instanceof Error ? reject(value) : resolve(value)
      }
    } catch (cause) {
      const error = Object.assign(new errors.Unavailable(), { cause })
      for (const waiting of asked.values()) for (const { reject } of waiting) reject(error)
    }
  }

  return (key) =>
    new Promise((resolve, reject) => {
      if (batch.size === 0) setImmediate(flush)
      const waiting = batch.get(key)
      if (waiting) waiting.push({ resolve, reject })
      else batch.set(key, [{ resolve, reject }])
    })
}
