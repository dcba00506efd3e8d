import type { MigrationPlan } from '@json-express/core'
import { withDatabase } from '../database.js'

export interface MigrateOptions {
  check?: boolean
  print?: boolean
}

/**
 * Brings the database of an app to what its models say, or with `check` and `print` only tells. Resolves to the exit
 * code: 1 when `check` finds something to do. Throws `BootError` when the rows that are there forbid it.
 */
export function migrate(dir: string, { check, print }: MigrateOptions): Promise<number> {
  return withDatabase(dir, process.stderr, 'the migration', async ({ db, schemas }) => {
    if (!check && !print) {
      const { warnings, ...report } = await db.migrate(schemas)
      say([...told({ created: report.created, extended: report.extended }), ...warnings], 'nothing to do')
      return 0
    }
    const plan = await db.plan(schemas)
    if (print) printStatements(plan)
    else {
      const changes = told({ 'would create': plan.created, 'would extend': plan.extended })
      say([...(changes.length > 0 ? changes : toldNotes(plan)), ...plan.warnings], 'nothing to do')
    }
    return check && isWork(plan) ? 1 : 0
  })
}

function isWork({ created, extended, statements }: MigrationPlan): boolean {
  return created.length + extended.length + statements.length > 0
}

/** All or nothing, as a migration is; warnings beside them, since this may be piped into `psql`. */
function printStatements({ statements, warnings }: MigrationPlan): void {
  const all = statements.length > 0 ? ['BEGIN', ...statements, 'COMMIT'] : []
  process.stdout.write(all.map((statement) => `${statement};\n`).join(''))
  process.stderr.write(warnings.map((warning) => `${warning}\n`).join(''))
}

/** A database remembers things about its columns, that one is required for example, which change no table. */
function toldNotes({ statements: { length } }: MigrationPlan): string[] {
  return length > 0 ? [`would change no table, and note what the models say (${length} statements, see --print)`] : []
}

function told(lists: Record<string, readonly string[]>): string[] {
  return Object.entries(lists).flatMap(([verb, names]) => (names.length > 0 ? [`${verb} ${names.join(', ')}`] : []))
}

function say(lines: readonly string[], otherwise: string): void {
  process.stdout.write(`${(lines.length > 0 ? lines : [otherwise]).join('\n')}\n`)
}
