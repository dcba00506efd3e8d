import { ReferenceViolationError, RuleViolationError, UniqueViolationError } from '@json-express/core'
import type { Constraints } from './constraints.js'
import { violationOf } from './postgres-failure.js'
import type { Table } from './table.js'

/** Runs a write and turns the constraint it meets into the error of the contract. */
export interface Guard {
  write<T>(table: Table, work: () => Promise<T>): Promise<T>
  delete<T>(table: Table, work: () => Promise<T>): Promise<T>
}

export function createGuard(constraints: Constraints): Guard {
  return {
    async write(table, work) {
      try {
        return await work()
      } catch (cause) {
        throw (await explainWrite(table, cause)) ?? cause
      }
    },

    async delete(table, work) {
      try {
        return await work()
      } catch (cause) {
        const violation = violationOf(cause)
        if (violation?.kind !== 'reference') throw cause
        throw new ReferenceViolationError(table.name, { collection: violation.table }, { cause })
      }
    },
  }

  async function explainWrite({ name }: Table, cause: unknown): Promise<Error | undefined> {
    const violation = violationOf(cause)
    if (violation === null) return undefined
    const { kind, table, constraint, column } = violation
    // An id that changes while somebody refers to it.
    if (kind === 'reference' && table !== name)
      return new ReferenceViolationError(name, { collection: table }, { cause })
    if (kind === 'rule' && column !== undefined) return new RuleViolationError(name, [column], 'NOT NULL', { cause })
    const fields = (await constraints.columnsOf(table, constraint)) ?? []
    if (kind === 'rule') return new RuleViolationError(name, fields, constraint, { cause })
    // Of a table that somebody else has made, it may be about an expression: no field by itself.
    if (kind === 'unique') return new UniqueViolationError(name, fields, { cause })
    const [field] = fields
    if (field === undefined) return undefined
    if (kind === 'reference') return new ReferenceViolationError(name, { field }, { cause })
    return new TypeError(`${name}.${field} has an index, which takes about 2700 bytes of text: this is longer`, {
      cause,
    })
  }
}
