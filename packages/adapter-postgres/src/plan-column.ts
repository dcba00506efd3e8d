import type { Column } from '@json-express/core'
import { definitions } from './definitions.js'
import type { ExistingColumn } from './existing-table.js'
import type { MigrationDraft } from './migration-draft.js'
import { look } from './migration-look.js'
import { STORAGE } from './storage.js'
import { createTable, type SqlValue } from './table.js'

/** A column that an existing table does not have. */
export async function planNewColumn(draft: MigrationDraft, table: string, column: Column): Promise<void> {
  const { execute, report, problems } = draft
  const name = `${table}.${column.name}`
  const fallback = defaultOf(table, column)
  if (fallback instanceof TypeError) {
    problems.push(`The default is wrong: ${fallback.message}`)
    return
  }
  const rows = await look.atMostTwo(execute, table)
  if (rows > 0 && column.required && fallback === null) {
    problems.push(
      `${name} is new and required, but the records of ${table} would have none: give it a constant default, or make it optional until they all have one`,
    )
  }
  if (rows > 1 && column.unique && fallback !== null) problems.push(notUnique(name))
  draft.columns.push(...definitions.addColumn(table, column, fallback))
  report.extended.push(name)
}

/** Looks whether an existing column can be what the model says. */
export async function planExistingColumn(
  { execute, report, problems }: MigrationDraft,
  table: string,
  { name: field, type, required, unique, references }: Column,
  existing: ExistingColumn,
): Promise<void> {
  const name = `${table}.${field}`
  if (!existing.types.includes(type)) {
    problems.push(
      `${name} is stored as ${existing.stored}, the model says ${existing.noted ? type : `${type}, which is ${STORAGE[type]} here`}: give the field another name, or change the model back`,
    )
    return
  }
  if (field === 'id' && !existing.primary) problems.push(`${name} is not the primary key of its table: make it so`)
  if (existing.generated) {
    problems.push(`${name} is GENERATED ALWAYS, and its values come from here: DROP IDENTITY or DROP EXPRESSION`)
  }
  if (field === 'id' && type === 'integer' && (await look.highestId(execute, table)) > Number.MAX_SAFE_INTEGER) {
    problems.push(`${name} goes beyond ${Number.MAX_SAFE_INTEGER}, up to which numbers are exact here: renumber it`)
  }
  if (type === 'json' && !existing.noted) {
    const id = await look.withoutJson(execute, table, field)
    if (id !== undefined) problems.push(`${name} is to hold JSON, but record ${id} has other text: mend it first`)
  }
  const missing = required && !existing.required ? await look.withoutValue(execute, table, field) : 0
  if (missing > 0) {
    problems.push(`${name} is required now, but ${missing} records have none: make it optional until they all have one`)
  }
  if (!unique && existing.unique && field !== 'id') {
    report.warnings.push(`${name} is no longer unique in the model, but the database goes on keeping it unique`)
  }
  const [wanted, kept] = [describe(references), describe(existing.references)]
  if (wanted !== kept && existing.references !== undefined) {
    report.warnings.push(`${name} has ${kept} and should have ${wanted}: it is left as it is, since nothing is dropped`)
  }
}

/** The index that a column wants and does not have. */
export async function planIndex(
  draft: MigrationDraft,
  table: string,
  column: Column,
  existing: ExistingColumn | undefined,
): Promise<void> {
  const { name: field, unique, index, references } = column
  const wanted = unique ? !existing?.unique : (index || references !== undefined) && !existing?.indexed
  if (field === 'id' || !wanted) return
  const name = `${table}.${field}`
  if (unique && existing !== undefined && (await look.hasDuplicates(draft.execute, table, field))) {
    draft.problems.push(notUnique(name))
  }
  draft.indexes.push(definitions.createIndex(table, column))
  draft.report.extended.push(name)
}

/** The foreign key that a column wants and does not have. `tables` are those that exist already. */
export async function planReference(
  draft: MigrationDraft,
  table: string,
  column: Column,
  existing: ExistingColumn | undefined,
  tables: { has(name: string): boolean },
): Promise<void> {
  const { name: field, references } = column
  if (references === undefined || existing?.references !== undefined) return
  const name = `${table}.${field}`
  const target = tables.has(references.collection) ? references.collection : null
  if (existing !== undefined) {
    const orphans = await look.withoutTarget(draft.execute, table, field, target)
    if (orphans > 0) {
      draft.problems.push(
        `${name} refers to ${references.collection} now, but ${orphans} records refer to none of its: mend or empty them first`,
      )
    }
  } else if (tables.has(table) && (await look.atMostTwo(draft.execute, table)) > 0) {
    const fallback = defaultOf(table, column)
    if (fallback instanceof TypeError || fallback === null) return add()
    if (target === null || !(await look.hasRow(draft.execute, target, fallback))) {
      draft.problems.push(`The default is wrong: ${name} refers to a record that does not exist`)
    }
  }
  add()

  function add() {
    if (references === undefined) return
    draft.references.push(definitions.addReference(table, field, references))
    draft.report.extended.push(name)
  }
}

/** What a new column is worth in the rows that are there. */
function defaultOf(table: string, column: Column): SqlValue | TypeError {
  try {
    return createTable({ name: table, columns: [column] }).encode(column.name, column.default)
  } catch (error) {
    if (error instanceof TypeError) return error
    throw error
  }
}

function notUnique(name: string): string {
  return `${name} is to be unique, but some records share a value: make them differ first`
}

function describe(references: Column['references']): string {
  return references ? `a foreign key to ${references.collection} (${references.onDelete})` : 'no foreign key'
}
