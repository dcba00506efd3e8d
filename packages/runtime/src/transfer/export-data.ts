import type { CollectionSchema, IDatabaseAdapter, Row } from '@json-express/core'
import { inReferenceOrder } from '../reference-order.js'
import type { DataEnd, DataHeader } from './data-file.js'

const FIRST_PAGE = 50
const MAX_PAGE = 1000
/** Rows of a page are few where they are large. */
const PAGE_LENGTH = 1024 * 1024

/** The lines of a data file with all rows of these collections, as they are stored; `onRows` counts them. */
export async function* exportData(
  db: IDatabaseAdapter,
  schemas: readonly CollectionSchema[],
  onRows: (count: number) => void,
): AsyncGenerator<string> {
  const ordered = inReferenceOrder(schemas, ({ columns }) =>
    columns.flatMap(({ references }) => (references ? [references.collection] : [])),
  )
  const collections = ordered.map(({ name }) => name)
  const exportedAt = new Date().toISOString()
  yield line({ jsonExpress: 'data', version: 1, exportedAt, collections } satisfies DataHeader)
  let rows = 0
  for (const collection of collections) {
    for await (const page of pages(db, collection)) {
      yield page.lines
      rows += page.rows
      onRows(page.rows)
    }
  }
  yield line({ end: true, rows } satisfies DataEnd)
}

async function* pages(db: IDatabaseAdapter, collection: string): AsyncGenerator<{ rows: number; lines: string }> {
  let limit = FIRST_PAGE
  let last: Row['id'] | null = null
  for (;;) {
    const rows: Row[] = await db.find(collection, {
      ...(last !== null && { where: [{ field: 'id', op: 'gt', value: last }] }),
      sort: [{ field: 'id', direction: 'asc' }],
      limit,
    })
    const lines = rows.map((row) => line({ collection, row })).join('')
    if (rows.length > 0) yield { rows: rows.length, lines }
    if (rows.length < limit) return
    last = rows.at(-1)?.id ?? null
    limit = Math.min(MAX_PAGE, Math.max(1, Math.floor((PAGE_LENGTH / lines.length) * rows.length)))
  }
}

function line(value: object): string {
  return `${JSON.stringify(value)}\n`
}
