import { type CollectionSchema, type Finding, type IDatabaseAdapter, MigrationError } from '@json-express/core'
import { askDependency } from '../health.js'
import { checkSeeds, loadsSchema } from '../seeds.js'
import type { Examined } from './examined.js'
import { problemFindings } from './problem-findings.js'
import { slotsWithoutFile } from './store-files.js'

/** Whether the rows that are there let the models be what they are, and whether the data files will load. Changes nothing. */
export async function database(examined: Pick<Examined, 'app' | 'plan' | 'settings' | 'resolved'>): Promise<Finding[]> {
  const { app, resolved } = examined
  if (resolved === null || !app?.hasDecorator('db')) return []
  const isNew = slotsWithoutFile(examined).some(({ slot }) => slot === 'adapter')
  if (!isNew && (await askDependency(app, 'db')) !== null) return [] // which another check has said
  try {
    const { models, schemas } = isNew ? resolved.drafted : await resolved.describe(app.db)
    const ready = isNew ? new Set<string>() : await readyCollections(app.db, schemas)
    await checkSeeds(ready.has(loadsSchema.name) ? app.db : null, { models, data: resolved.data })
    return []
  } catch (error) {
    if (!(error instanceof MigrationError)) return problemFindings(error, 'data')
    const remedy = 'Mend it, until json-express migrate --check says nothing of it'
    return [{ subject: 'db', level: 'error', message: error.message, remedy }]
  }
}

/** The collections for which there is nothing to migrate. The adapter is told of them, since it reads no others. */
async function readyCollections(db: IDatabaseAdapter, schemas: readonly CollectionSchema[]): Promise<Set<string>> {
  const { created, extended } = await db.plan(schemas)
  const pending = new Set([...created, ...extended].map((name) => name.split('.')[0]))
  const ready = schemas.filter(({ name }) => !pending.has(name))
  await db.migrate(ready)
  return new Set(ready.map(({ name }) => name))
}
