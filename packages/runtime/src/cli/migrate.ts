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
  return withDatabase(dir, process.stderr, async ({ db, schemas }) => {
    if (!check && !print) {
      const { warnings, ...report } = await db.migrate(schemas)
      say([...told({ created: report.created, extended: report.extended }), ...warnings], 'nothing to do')
      return 0
    }
    const plan = await db.plan(schemas)
    if (print) process.stdout.write(plan.statements.map((statement) => `${statement};\n`).join(''))
    else
      say([...told({ 'would create': plan.created, 'would extend': plan.extended }), ...plan.warnings], 'nothing to do')
    return check && isWork(plan) ? 1 : 0
  })
}

function isWork({ created, extended, statements }: MigrationPlan): boolean {
  return created.length + extended.length + statements.length > 0
}

function told(lists: Record<string, readonly string[]>): string[] {
  return Object.entries(lists).flatMap(([verb, names]) => (names.length > 0 ? [`${verb} ${names.join(', ')}`] : []))
}

function say(lines: readonly string[], otherwise: string): void {
  process.stdout.write(`${(lines.length > 0 ? lines : [otherwise]).join('\n')}\n`)
}
