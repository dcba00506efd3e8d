import { BootError, type CollectionSchema, type IDatabaseAdapter, UniqueViolationError } from '@json-express/core'
import type { FastifyBaseLogger } from 'fastify'
import { requireAll, withDefaults } from './collections/collection.js'
import type { LoadedData } from './models/load.js'
import type { ResolvedModel } from './models/resolved-model.js'
import { createValidator, normaliseDates } from './models/validator.js'
import { inReferenceOrder } from './reference-order.js'

const LOADS = 'jex_loads'

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
 * hooks do not. Throws `BootError` naming file and row when a row does not fit its model.
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
      await db.transaction(async (session) => {
        await session.insert(LOADS, { id: model.name, loadedAt: new Date().toISOString() })
        await session.insertMany(model.name, rows)
      })
      log.info(`loaded ${rows.length} rows into ${model.name} from ${seed.file}`)
    } catch (cause) {
      if (cause instanceof UniqueViolationError && cause.collection === LOADS) continue // another instance was faster
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new BootError(`${seed.file} does not load: ${reason}`, { cause })
    }
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
