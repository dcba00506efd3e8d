import type { CollectionSchema, IDatabaseAdapter, Row } from '@json-express/core'
import { inReferenceOrder } from '../reference-order.js'
import type { DataEnd, DataHeader } from './data-file.js'

const FIRST_PAGE = 50
const MAX_PAGE = 1000
/** Rows of a page are few where they are large. */
const PAGE_BYTES = 4 * 1024 * 1024

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
      yield page.map((row) => line({ collection, row })).join('')
      rows += page.length
      onRows(page.length)
    }
  }
  yield line({ end: true, rows } satisfies DataEnd)
}

async function* pages(db: IDatabaseAdapter, collection: string): AsyncGenerator<Row[]> {
  let limit = FIRST_PAGE
  let last: Row['id'] | null = null
  for (;;) {
    const page: Row[] = await db.find(collection, {
      ...(last !== null && { where: [{ field: 'id', op: 'gt', value: last }] }),
      sort: [{ field: 'id', direction: 'asc' }],
      limit,
    })
    yield page
    if (page.length < limit) return
    last = page.at(-1)?.id ?? null
    const bytes = Math.max(1, JSON.stringify(page).length / page.length)
    limit = Math.min(MAX_PAGE, Math.max(1, Math.floor(PAGE_BYTES / bytes)))
  }
}

function line(value: object): string {
  return `${JSON.stringify(value)}\n`
}
