import type { CollectionSchema, IDatabaseAdapter, Row } from '@json-express/core'
import { inReferenceOrder } from '../reference-order.js'
import type { DataEnd, DataHeader } from './data-file.js'
import { readHighestIds } from './highest-ids.js'

/** So many rows are in memory at most, as what was read last says nothing of the next: 32 times what one may hold. */
const MAX_PAGE = 32
const FIRST_PAGE = 8
/** Rows of a page are fewer where they are large. */
const PAGE_LENGTH = 1024 * 1024

/** The lines of a data file with all rows of these collections, as they are stored; `onRow` counts them. */
export async function* exportData(
  db: IDatabaseAdapter,
  schemas: readonly CollectionSchema[],
  onRow: () => void,
): AsyncGenerator<string> {
  const ordered = inReferenceOrder(schemas, ({ columns }) =>
    columns.flatMap(({ references }) => (references ? [references.collection] : [])),
  )
  const collections = ordered.map(({ name }) => name)
  const exportedAt = new Date().toISOString()
  yield line({ jsonExpress: 'data', version: 1, exportedAt, collections } satisfies DataHeader)
  let rows = 0
  for (const collection of collections) {
    for await (const text of rowLines(db, collection)) {
      yield text
      rows++
      onRow()
    }
  }
  yield line({ end: true, rows, highest: await readHighestIds(db, schemas) } satisfies DataEnd)
}

async function* rowLines(db: IDatabaseAdapter, collection: string): AsyncGenerator<string> {
  let limit = FIRST_PAGE
  let last: Row['id'] | null = null
  for (;;) {
    const rows: Row[] = await db.find(collection, {
      ...(last !== null && { where: [{ field: 'id', op: 'gt', value: last }] }),
      sort: [{ field: 'id', direction: 'asc' }],
      limit,
    })
    let length = 0
    for (const row of rows) {
      const text = line({ collection, row })
      length += text.length
      yield text
    }
    if (rows.length < limit) return
    last = rows.at(-1)?.id ?? null
    limit = Math.min(MAX_PAGE, 2 * limit, Math.max(1, Math.floor((PAGE_LENGTH / length) * rows.length)))
  }
}

function line(value: object): string {
  return `${JSON.stringify(value)}\n`
}
