import { MigrationError, type MigrationPlan, type MigrationReport } from '@json-express/core'
import type { Execute } from './connection.js'

/** A plan in the making: statements by kind, since tables come before what refers to them. */
export interface MigrationDraft {
  execute: Execute
  report: MigrationReport
  /** What forbids it, one line each. */
  problems: string[]
  tables: string[]
  columns: string[]
  indexes: string[]
  references: string[]
  notes: string[]
}

export function createDraft(execute: Execute): MigrationDraft {
  return {
    execute,
    report: { created: [], extended: [], warnings: [] },
    problems: [],
    ...{ tables: [], columns: [], indexes: [], references: [], notes: [] },
  }
}

/** Throws `MigrationError` with all that forbids it so far. */
export function assertPossible({ problems }: MigrationDraft): void {
  if (problems.length > 0) throw new MigrationError(problems.join('\n'))
}

export function finishDraft({ report, ...draft }: MigrationDraft): MigrationPlan {
  const { tables, columns, indexes, references, notes } = draft
  const { created, extended, warnings } = report
  // What a new collection consists of is part of its creation.
  const outside = [...new Set(extended)].filter((entry) => !created.includes(entry.slice(0, entry.indexOf('.'))))
  const statements = [...tables, ...columns, ...indexes, ...references, ...notes]
  return { created, extended: outside, warnings, statements }
}
