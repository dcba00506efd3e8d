import {
  BootError,
  type CollectionSchema,
  type IDatabaseAdapter,
  UnavailableError,
  UniqueViolationError,
} from '@json-express/core'
import type { FastifyBaseLogger } from 'fastify'
import { requireAll, withDefaults } from './collections/collection.js'
import type { LoadedData } from './models/load.js'
import type { ResolvedModel } from './models/resolved-model.js'
import { createValidator, normaliseDates } from './models/validator.js'
import { inReferenceOrder } from './reference-order.js'

const LOADS = 'jex_loads'
/** A statement may not take long, however many rows there are. */
const BATCH = 1000
/** How long to wait for another instance that loads the same rows; as a rule its lock outlasts one statement. */
const WAIT_MS = 60_000
const PAUSE_MS = 250

/** Remembers which data files have been loaded, so that an emptied collection stays empty. */
export const loadsSchema: CollectionSchema = {
  name: LOADS,
  columns: [
    { name: 'id', type: 'string', required: true, unique: false, index: false },
    { name: 'loadedAt', type: 'date', required: true, unique: false, index: false },
  ],
}

/**
 * Loads each data file once: rows and the note that they were loaded in one transaction. Defaults and validation apply,
 * hooks do not. Throws `BootError` naming file and row when a row does not fit its model, `UnavailableError` when the
 * database fails, or another instance takes longer than 60 s with the same file.
 */
export async function loadSeeds(
  db: IDatabaseAdapter,
  models: readonly ResolvedModel[],
  data: readonly LoadedData[],
  log: FastifyBaseLogger,
): Promise<void> {
  const done = new Set((await db.find(LOADS)).map(({ id }) => id))
  const byName = new Map(models.map((model) => [model.name, model]))
  const waiting = data.flatMap((seed) => {
    const model = byName.get(seed.name)
    return model && !done.has(seed.name) ? [{ name: seed.name, model, seed }] : []
  })
  const targets = ({ model }: { model: ResolvedModel }) => [...model.relations.values()].map(({ target }) => target)
  for (const { model, seed } of inReferenceOrder(waiting, targets)) {
    const rows = prepare(model, seed)
    try {
      const isLoaded = await loadOnce(db, model.name, rows)
      if (isLoaded) log.info(`loaded ${rows.length} rows into ${model.name} from ${seed.file}`)
    } catch (cause) {
      if (cause instanceof UnavailableError) throw cause
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new BootError(`${seed.file} does not load: ${reason}`, { cause })
    }
  }
}

/** Resolves to whether it was this instance that loaded them. */
async function loadOnce(
  db: IDatabaseAdapter,
  name: string,
  rows: readonly Record<string, unknown>[],
): Promise<boolean> {
  const end = performance.now() + WAIT_MS
  for (;;) {
    try {
      await db.transaction(async (session) => {
        await session.insert(LOADS, { id: name, loadedAt: new Date().toISOString() })
        for (let at = 0; at < rows.length; at += BATCH) await session.insertMany(name, rows.slice(at, at + BATCH))
      })
      return true
    } catch (error) {
      if (error instanceof UniqueViolationError && error.collection === LOADS) return false // another was faster
      if (!(error instanceof UnavailableError) || performance.now() > end) throw error
    }
    await db.health() // or there is nobody to wait for
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    if ((await db.findByIds(LOADS, [name])).length > 0) return false
  }
}

/**
 * Looks at the data files that the next start would load: all of them without a database that remembers. Throws
 * `BootError` for rows that do not fit, as `loadSeeds` does.
 */
export async function checkSeeds(
  db: IDatabaseAdapter | null,
  { models, data }: { models: readonly ResolvedModel[]; data: readonly LoadedData[] },
): Promise<void> {
  const done = new Set(db === null ? [] : (await db.find(LOADS)).map(({ id }) => id))
  for (const seed of data) {
    const model = models.find(({ name }) => name === seed.name)
    if (model && !done.has(seed.name)) prepare(model, seed)
  }
}

function prepare(model: ResolvedModel, { file, rows }: LoadedData): Record<string, unknown>[] {
  const prepared = { ...model, validate: createValidator(model) }
  const problems: string[] = []
  const result = rows.map((row, index) => {
    const full = withDefaults(prepared, row)
    try {
      const details = prepared.validate(full)
      problems.push(...details.map(({ field, message }) => `${file}[${index}].${field} ${message}`))
      if (details.length === 0) requireAll(prepared, full)
    } catch (error) {
      problems.push(`${file}[${index}] ${(error as Error).message}`)
    }
    normaliseDates(model, full)
    return full
  })
  if (problems.length > 10) problems.splice(10, problems.length, `… and ${problems.length - 10} more`)
  if (problems.length > 0) throw new BootError(problems)
  return result
}
