import type { CollectionSchema, IDatabaseAdapter, IDatabaseSession, Row } from '@json-express/core'
import { UnavailableError } from '@json-express/core'
import { DataFileError } from './data-file.js'

/** Thrown to undo a transaction once it has told what it was for. */
class Undo extends Error {
  constructor(readonly id: number) {
    super('undone on purpose')
  }
}

/**
 * The highest id that each counted collection ever had, whose row may be gone. No adapter is asked for its counter: the
 * id that a row would have now tells it, and an insert that is undone leaves no trace.
 */
export async function readHighestIds(
  db: IDatabaseAdapter,
  schemas: readonly CollectionSchema[],
): Promise<Record<string, number>> {
  const highest: Record<string, number> = {}
  for (const schema of schemas.filter(isCounted)) highest[schema.name] = await readHighest(db, schema)
  return highest
}

/** Makes ids go on behind these, where they would not anyway: a row of that id comes and goes. */
export async function raiseHighestIds(
  db: IDatabaseAdapter,
  schemas: readonly CollectionSchema[],
  highest: Readonly<Record<string, number>>,
): Promise<void> {
  for (const schema of schemas.filter(isCounted)) {
    const { name } = schema
    const id = Object.hasOwn(highest, name) ? (highest[name] ?? 0) : 0
    if (id <= (await readHighest(db, schema))) continue
    try {
      await db.transaction(async (session) => {
        await session.insert(name, { ...(await likeOthers(session, schema)), id })
        await session.delete(name, id)
      })
    } catch (cause) {
      if (cause instanceof UnavailableError) throw cause
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new DataFileError(`All rows are there, but ids of ${name} do not go on behind ${id}: ${reason}`, { cause })
    }
  }
}

async function readHighest(db: IDatabaseAdapter, schema: CollectionSchema): Promise<number> {
  try {
    await db.transaction(async (session) => {
      const { id } = await session.insert(schema.name, await likeOthers(session, schema))
      throw new Undo(Number(id))
    })
  } catch (error) {
    if (error instanceof Undo) return error.id - 1
    if (error instanceof UnavailableError) throw error
  }
  // A table that somebody else has made may refuse every row but a real one: what it holds has to do.
  const [last] = await db.find(schema.name, { sort: [{ field: 'id', direction: 'desc' }], limit: 1, fields: ['id'] })
  return Number(last?.id ?? 0)
}

/** Values that a table takes which forbids `null` by itself: those of a row that is there. */
async function likeOthers(session: IDatabaseSession, { name, columns }: CollectionSchema): Promise<Partial<Row>> {
  const [row] = await session.find(name, { limit: 1 })
  const shared = columns.filter((column) => column.name !== 'id' && !column.unique)
  return row === undefined ? {} : Object.fromEntries(shared.map((column) => [column.name, row[column.name]]))
}

function isCounted({ columns }: CollectionSchema): boolean {
  return columns.some(({ name, type }) => name === 'id' && type === 'integer')
}
