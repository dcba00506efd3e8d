import {
  errors,
  ReferenceViolationError,
  RuleViolationError,
  UniqueViolationError,
  validationFailed,
} from '@json-express/core'
import type { ResolvedModel } from '../models/resolved-model.js'

/** Turns the violations an adapter reports into the coded errors a client may see. */
export async function clientError<T>(model: Pick<ResolvedModel, 'uniqueError'>, write: Promise<T>): Promise<T> {
  try {
    return await write
  } catch (error) {
    if (error instanceof UniqueViolationError) {
      if (model.uniqueError && error.fields.length > 0) throw model.uniqueError(error.fields)
      const message = `${error.fields.join(', ') || 'A value'} is taken already`
      throw Object.assign(new errors.UniqueViolation(message), {
        details: error.fields.map((field) => ({ field, message: 'is taken already' })),
      })
    }
    if (error instanceof ReferenceViolationError) {
      if ('field' in error.by) {
        throw validationFailed([{ field: error.by.field, message: 'refers to a record that does not exist' }])
      }
      throw new errors.Referenced(`${error.by.collection} still refer to this record`)
    }
    if (error instanceof RuleViolationError) {
      const fields = error.fields.length > 0 ? error.fields : ['']
      throw validationFailed(fields.map((field) => ({ field, message: `is refused by the database (${error.rule})` })))
    }
    throw error
  }
}
