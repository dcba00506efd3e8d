import type { CollectionSchema, Column, MigrationPlan } from '@json-express/core'
import type { Execute } from './connection.js'
import { definitions } from './definitions.js'
import { COLUMNS_TABLE, type ExistingColumn, type ExistingTable, readTables } from './existing-table.js'
import { COUNTERS_TABLE } from './id-counter.js'
import { assertPossible, createDraft, finishDraft, type MigrationDraft } from './migration-draft.js'
import { look } from './migration-look.js'
import { planExistingColumn, planIndex, planNewColumn, planReference } from './plan-column.js'
import { checkSchemas } from './schema-check.js'

/**
 * Finds out what brings the tables to the schemas, additively. Reads only, so it may be asked at any time. Throws
 * `MigrationError` with one line for each thing that the existing data forbids.
 */
export async function planMigration(execute: Execute, schemas: readonly CollectionSchema[]): Promise<MigrationPlan> {
  const draft = createDraft(execute)
  const existing = await readTables(execute, namesIn(schemas))
  draft.problems.push(...checkSchemas(schemas, existing))
  assertPossible(draft)

  await planOwnTables(draft, schemas, existing)
  for (const schema of schemas) await planTable(draft, schema, existing.get(schema.name))
  // What is wrong with a column is wrong with its index, too, and said once.
  assertPossible(draft)
  for (const { name, columns } of schemas) {
    for (const column of columns) {
      const before = existing.get(name)?.columns.get(column.name)
      await planIndex(draft, name, column, before)
      await planReference(draft, name, column, before, existing)
      if (!isNoted(column, before)) draft.notes.push(definitions.noteColumn(name, column))
    }
  }
  assertPossible(draft)
  return finishDraft(draft)
}

async function planOwnTables(
  { execute, tables, notes }: MigrationDraft,
  schemas: readonly CollectionSchema[],
  existing: ReadonlyMap<string, ExistingTable>,
): Promise<void> {
  if (!existing.has(COLUMNS_TABLE)) tables.push(definitions.createColumnsTable())
  if (!existing.has(COUNTERS_TABLE)) tables.push(definitions.createCountersTable())
  for (const { name, columns } of schemas) {
    if (!columns.some((column) => column.name === 'id' && column.type === 'integer')) continue
    const before = existing.get(name)
    // Where the id is something else, that is a problem of its own.
    if (before !== undefined && !before.columns.get('id')?.types.includes('integer')) continue
    const highest = before?.highestId
    if (before === undefined || highest === undefined || highest < (await look.highestId(execute, name))) {
      notes.push(definitions.countIds(name))
    }
  }
}

async function planTable(
  draft: MigrationDraft,
  schema: CollectionSchema,
  existing: ExistingTable | undefined,
): Promise<void> {
  if (existing === undefined) {
    draft.tables.push(definitions.createTable(schema))
    draft.report.created.push(schema.name)
    return
  }
  for (const column of schema.columns) {
    const before = existing.columns.get(column.name)
    if (before === undefined) await planNewColumn(draft, schema.name, column)
    else await planExistingColumn(draft, schema.name, column, before)
  }
  draft.problems.push(...foreignDemands(schema, existing))
}

/** Columns of a table that somebody else has made, without which it takes no row. */
function foreignDemands({ name, columns }: CollectionSchema, existing: ExistingTable): string[] {
  const ours = new Set(columns.map((column) => column.name))
  const demands = [...existing.columns].filter(([field, { demanded }]) => demanded && !ours.has(field))
  return demands.map(
    ([field]) => `${name}.${field} is NOT NULL and no field of the model: give it a default, or add it to the model`,
  )
}

function namesIn(schemas: readonly CollectionSchema[]): string[] {
  const targets = schemas.flatMap(({ columns }) => columns.map(({ references }) => references?.collection))
  return [...new Set([...schemas.map(({ name }) => name), ...targets])].filter((name) => name !== undefined)
}

function isNoted(column: Column, existing: ExistingColumn | undefined): boolean {
  return existing?.types.length === 1 && existing.required === column.required
}
