import type Database from 'libsql'

/** One entry as it is stored. */
export interface Entry {
  /** Serialised JSON. */
  json: string
  /** Milliseconds since 1970, `null` for no end. */
  expiresAt: number | null
}

/** The table of a store, for one step after another; who needs a step to be atomic holds the transaction. */
export interface Entries {
  /** `null` when there is none or its time is over. */
  find(key: string): Entry | null
  put(key: string, entry: Entry): void
  remove(key: string): void
  /** Frees at most `limit` entries whose time is over. Returns how many. */
  sweep(limit: number): number
}

// Neither a key nor an entry can hold what libsql does not keep: both are JSON, which escapes NUL and lone surrogates.
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS entries (key TEXT PRIMARY KEY, json TEXT NOT NULL, expires_at INTEGER) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS entries_by_end ON entries (expires_at) WHERE expires_at IS NOT NULL`

export function createEntries(database: Database.Database): Entries {
  database.exec(SCHEMA)
  const find = database.prepare('SELECT json, expires_at FROM entries WHERE key = ?').raw()
  const put = database.prepare(
    `INSERT INTO entries VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET json = excluded.json, expires_at = excluded.expires_at`,
  )
  const remove = database.prepare('DELETE FROM entries WHERE key = ?')
  const sweep = database.prepare(
    'DELETE FROM entries WHERE key IN (SELECT key FROM entries WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)',
  )

  return {
    find(key) {
      const [json, expiresAt] = (find.get([JSON.stringify(key)]) ?? []) as [string?, (number | null)?]
      if (json === undefined || (typeof expiresAt === 'number' && expiresAt <= Date.now())) return null
      return { json, expiresAt: expiresAt ?? null }
    },
    put: (key, { json, expiresAt }) => void put.run([JSON.stringify(key), json, expiresAt]),
    remove: (key) => void remove.run([JSON.stringify(key)]),
    sweep: (limit) => sweep.run([Date.now(), limit]).changes,
  }
}
