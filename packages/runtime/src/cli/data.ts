import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { BootError } from '@json-express/core'
import { withDatabase } from '../database.js'
import { DataFileError } from '../transfer/data-file.js'
import { exportData } from '../transfer/export-data.js'
import { importData } from '../transfer/import-data.js'
import { assertFree, writeNewFile } from './new-file.js'

export interface ExportOptions {
  output?: string
  force?: boolean
}

const PROGRESS = 5000
const IMPORT = 'the import, which goes on where it ended when it is run again,'
/** As shells count the end by SIGPIPE. */
const READER_GONE = 141

/** Writes all rows of an app to a file that only its owner can read, or to stdout. Resolves to the exit code. */
export function exportRows(dir: string, { output, force = false }: ExportOptions): Promise<number> {
  if (output === undefined && process.stdout.isTTY) {
    throw new BootError('The rows, with password hashes, would go to this terminal. Name a file: -o rows.jsonl')
  }
  if (output !== undefined) assertFree(output, force)
  return withDatabase(dir, process.stderr, 'the export', async ({ db, schemas }) => {
    const { created, extended } = await db.plan(schemas)
    if (created.length + extended.length > 0) {
      throw new BootError(
        `The database has no ${[...created, ...extended].join(', ')} yet. Run json-express migrate first`,
      )
    }
    await db.migrate(schemas) // changes nothing now: from here on the adapter knows the columns
    const progress = progressOf('exported')
    const lines = Readable.from(
      exportData(db, schemas, () => progress.count(1)),
      { highWaterMark: 1 },
    )
    try {
      if (output === undefined) await pipeline(lines, process.stdout)
      else await writeNewFile(output, lines)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EPIPE') return READER_GONE
      throw error
    }
    note(`exported ${progress.rows()} rows${output === undefined ? '' : ` to ${output}`}`)
    return 0
  })
}

/** Brings the rows of such a file into the database of an app. Resolves to the exit code. */
export function importRows(dir: string, file: string): Promise<number> {
  return withDatabase(dir, process.stderr, IMPORT, async ({ db, schemas }) => {
    try {
      const { imported, known } = await importData(db, schemas, file, progressOf('read').count)
      process.stdout.write(`imported ${imported} rows${known > 0 ? `, ${known} were there already` : ''}\n`)
      return 0
    } catch (error) {
      const isUnreadable = (error as NodeJS.ErrnoException).path === file
      if (!(error instanceof DataFileError || isUnreadable)) throw error
      note((error as Error).message)
      return 1
    }
  })
}

/** Says on stderr how far it is, every five thousand rows. */
function progressOf(verb: string): { count(rows: number): void; rows(): number } {
  let total = 0
  return {
    count(rows) {
      if (Math.floor((total + rows) / PROGRESS) > Math.floor(total / PROGRESS)) note(`${verb} ${total + rows} rows`)
      total += rows
    },
    rows: () => total,
  }
}

function note(text: string): void {
  process.stderr.write(`${text}\n`)
}
