import { isDeepStrictEqual } from 'node:util'
import {
  type CollectionSchema,
  type IDatabaseAdapter,
  ReferenceViolationError,
  type Row,
  type Scalar,
  UnavailableError,
  UniqueViolationError,
} from '@json-express/core'
import { DataFileError, type DataRow, readHeader, readRows } from './data-file.js'
import { raiseHighestIds } from './highest-ids.js'
import { completeRow, createRowCheck } from './row-check.js'

const BATCH = 500
/** Rows of a batch are few where they are large. */
const BATCH_LENGTH = 1024 * 1024
const PROBLEMS = 10

export interface ImportReport {
  imported: number
  /** They are there with the same values: that is what lets an import that was cut short run again. */
  known: number
}

/**
 * Stores the rows of a data file as they are: ids, dates, hashes and versions stay. Looks at all of them before it
 * writes any, and goes on where an import that was cut short has ended. Throws `DataFileError` naming the line.
 */
export async function importData(
  db: IDatabaseAdapter,
  schemas: readonly CollectionSchema[],
  file: string,
  onRows: (count: number) => void,
): Promise<ImportReport> {
  const { collections, highest } = await checkFile(file, schemas)
  await db.migrate(schemas)
  const targets = new Map(schemas.map((schema) => [schema.name, { schema, late: lateColumns(schema, collections) }]))
  const report: ImportReport = { imported: 0, known: 0 }
  for await (const { collection, rows } of batches(file)) {
    const target = targets.get(collection)
    if (!target) continue
    const added = await storeMissing(db, target, rows)
    report.imported += added
    report.known += rows.length - added
    onRows(rows.length)
  }
  if ([...targets.values()].some(({ late }) => late.length > 0)) await setLate(db, file, targets)
  await raiseHighestIds(db, schemas, highest)
  return report
}

interface Target {
  schema: CollectionSchema
  /** References to rows that come later in the file, or may: set once everything is there. */
  late: string[]
}

async function checkFile(file: string, schemas: readonly CollectionSchema[]) {
  const { collections, rows, highest } = await readHeader(file)
  const checks = new Map(schemas.map((schema) => [schema.name, createRowCheck(schema)]))
  const problems: string[] = []
  let seen = 0
  for await (const { line, collection, row } of readRows(file)) {
    seen++
    const check = checks.get(collection)
    const problem = check ? check(row) : `this app has no collection ${collection}`
    if (problem !== null) problems.push(`line ${line}: ${problem}`)
    if (problems.length === PROBLEMS) break
  }
  if (problems.length > 0) throw new DataFileError(problems.join('\n'))
  if (seen !== rows) throw new DataFileError(`${file} holds ${seen} rows and says it has ${rows}. Export again`)
  return { collections, highest }
}

function lateColumns({ name, columns }: CollectionSchema, order: readonly string[]): string[] {
  const isLate = (target: string) => order.indexOf(target) >= order.indexOf(name)
  return columns.filter(({ references }) => references && isLate(references.collection)).map((column) => column.name)
}

/** Rows of one collection, in the order of the file. */
async function* batches(file: string): AsyncGenerator<{ collection: string; rows: DataRow[] }> {
  let rows: DataRow[] = []
  let length = 0
  for await (const row of readRows(file)) {
    const [first] = rows
    if (first && (first.collection !== row.collection || rows.length === BATCH || length > BATCH_LENGTH)) {
      yield { collection: first.collection, rows }
      rows = []
      length = 0
    }
    rows.push(row)
    length += row.length
  }
  const [first] = rows
  if (first) yield { collection: first.collection, rows }
}

/** Returns how many of them were not there yet. */
async function storeMissing(db: IDatabaseAdapter, { schema, late }: Target, rows: readonly DataRow[]): Promise<number> {
  const full = rows.map(({ line, row }) => ({ line, row: completeRow(schema, row) as Row }))
  const ids = full.map(({ row }) => row.id)
  const known = new Map((await db.findByIds(schema.name, ids)).map((row) => [row.id, row]))
  const missing = full.filter(({ line, row }) => {
    const there = known.get(row.id)
    if (there !== undefined) assertSame(schema.name, line, there, row, late)
    return there === undefined
  })
  const early = missing.map(({ line, row }) => ({
    line,
    row: { ...row, ...Object.fromEntries(late.map((name) => [name, null])) },
  }))
  try {
    if (early.length > 0)
      await db.insertMany(
        schema.name,
        early.map(({ row }) => row),
      )
  } catch (error) {
    if (error instanceof UnavailableError) throw error
    for (const { line, row } of early) await storeOne(db, schema.name, line, row) // whichever it was says so now
  }
  return early.length
}

async function storeOne(db: IDatabaseAdapter, collection: string, line: number, row: Record<string, unknown>) {
  try {
    await db.insert(collection, row)
  } catch (error) {
    if (error instanceof UnavailableError) throw error
    throw new DataFileError(`line ${line}: ${reasonOf(collection, error)}`, { cause: error })
  }
}

function reasonOf(collection: string, error: unknown): string {
  if (error instanceof UniqueViolationError) {
    return `${collection} has another row with the same ${error.fields.join(' and ')}. Import into a database that holds no rows of its own, so before the first start`
  }
  if (error instanceof ReferenceViolationError)
    return `${collection} refers to a row that is not there: ${error.message}`
  return error instanceof Error ? error.message : String(error)
}

function assertSame(collection: string, line: number, there: Row, row: Row, late: readonly string[]): void {
  const names = Object.keys(row).filter(
    (name) => !isDeepStrictEqual(there[name], row[name]) && !(late.includes(name) && there[name] === null),
  )
  if (names.length === 0) return
  throw new DataFileError(`line ${line}: ${collection} has row ${row.id} already, with another ${names.join(' and ')}`)
}

async function setLate(db: IDatabaseAdapter, file: string, targets: ReadonlyMap<string, Target>): Promise<void> {
  let waiting: LateRow[] = []
  for await (const { line, collection, row } of readRows(file)) {
    const late = (targets.get(collection)?.late ?? []).filter((name) => row[name] !== undefined && row[name] !== null)
    if (late.length === 0) continue
    const changes = Object.fromEntries(late.map((name) => [name, row[name]]))
    waiting.push({ line, collection, id: row.id as Row['id'], changes })
    if (waiting.length < BATCH) continue
    await setAll(db, waiting)
    waiting = []
  }
  if (waiting.length > 0) await setAll(db, waiting)
}

interface LateRow {
  line: number
  collection: string
  id: Row['id']
  changes: Record<string, unknown>
}

/** In one transaction, since each by itself would be waited for until it is on the disk. */
async function setAll(db: IDatabaseAdapter, rows: readonly LateRow[]): Promise<void> {
  await db.transaction(async (session) => {
    for (const { line, collection, id, changes } of rows) {
      const unset = Object.fromEntries(Object.keys(changes).map((name) => [name, null as Scalar]))
      try {
        await session.update(collection, id, changes, { ifMatch: unset })
      } catch (error) {
        if (error instanceof UnavailableError) throw error
        throw new DataFileError(`line ${line}: ${reasonOf(collection, error)}`, { cause: error })
      }
    }
  })
}
