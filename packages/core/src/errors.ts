import createError, { type FastifyError, type FastifyErrorConstructor } from '@fastify/error'

/** One entry per refused field of a `VALIDATION_FAILED` answer. */
export interface ErrorDetail {
  field: string
  message: string
}

/** The codes any package may answer with. Each package lists its own beside these; docs/errors.md is the table of all. */
export const errors = {
  ValidationFailed: createError('VALIDATION_FAILED', '%s', 400),
  FieldNotWritable: createError('FIELD_NOT_WRITABLE', '%s', 400),
  MissingToken: createError('MISSING_TOKEN', 'This needs an access token: Authorization: Bearer <token>', 401),
  InvalidToken: createError('INVALID_TOKEN', 'The token is not valid', 401),
  TokenExpired: createError('TOKEN_EXPIRED', 'The token has expired', 401),
  TokenRevoked: createError('TOKEN_REVOKED', 'The token has been revoked', 401),
  Forbidden: createError('FORBIDDEN', 'You may not do this', 403),
  NotFound: createError('NOT_FOUND', 'There is nothing here', 404),
  UniqueViolation: createError('UNIQUE_VIOLATION', '%s', 409),
  Referenced: createError('REFERENCED', '%s', 409),
  RateLimited: createError('RATE_LIMITED', 'Too many requests, try again later', 429),
  Unavailable: createError('UNAVAILABLE', 'A service this needs is not available, try again shortly', 503),
} as const satisfies Record<string, FastifyErrorConstructor>

/** A 400 `VALIDATION_FAILED` with one entry per field. */
export function validationFailed(details: readonly ErrorDetail[]): FastifyError & { details: readonly ErrorDetail[] } {
  const summary = details.map(({ field, message }) => (field ? `${field} ${message}` : message)).join('; ')
  return Object.assign(new errors.ValidationFailed(summary), { details })
}

/** A 400 `FIELD_NOT_WRITABLE` that names the fields the caller may not write. */
export function fieldNotWritable(fields: readonly string[]): FastifyError & { details: readonly ErrorDetail[] } {
  const details = fields.map((field) => ({ field, message: 'may not be written' }))
  return Object.assign(new errors.FieldNotWritable(`Not writable: ${fields.join(', ')}`), { details })
}

/** The error with the seconds after which trying again makes sense, which become its `Retry-After` (RFC 9110 section 10.2.3). */
export function retryAfter<E extends Error>(error: E, milliseconds: number): E & { retryAfter: number } {
  return Object.assign(error, { retryAfter: Math.max(1, Math.ceil(milliseconds / 1000)) })
}

/** A write met a unique constraint of the database. */
export class UniqueViolationError extends Error {
  override readonly name = 'UniqueViolationError'

  constructor(
    readonly collection: string,
    /** None where the constraint is not about fields by themselves, in a table that somebody else has made. */
    readonly fields: readonly string[],
    options?: ErrorOptions,
  ) {
    super(`${collection}: ${fields.join(', ') || 'the record'} must be unique`, options)
  }
}

/** A write met a foreign key: a target that is missing, or records that still refer to the one to delete. */
export class ReferenceViolationError extends Error {
  override readonly name = 'ReferenceViolationError'

  /**
   * @param by `{ field }` of the written row whose target is missing, or `{ collection }` that still refers to the row.
   */
  constructor(
    readonly collection: string,
    readonly by: { field: string } | { collection: string },
    options?: ErrorOptions,
  ) {
    super(
      'field' in by
        ? `${collection}.${by.field} refers to a record that does not exist`
        : `${by.collection} still refers to this record of ${collection}`,
      options,
    )
  }
}

/** A write met a rule that a table which somebody else has made keeps by itself: a CHECK, a NOT NULL. */
export class RuleViolationError extends Error {
  override readonly name = 'RuleViolationError'

  constructor(
    readonly collection: string,
    /** Those that the rule is about, as far as it is known. */
    readonly fields: readonly string[],
    /** As the database calls it. */
    readonly rule: string,
    options?: ErrorOptions,
  ) {
    super(`${collection}: the database refuses this record by its rule ${rule}`, options)
  }
}

/** A dependency failed or did not answer in time. Becomes 503 with Retry-After, never 401. */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError'
}

/**
 * A mail that will never be taken: an address that does not exist, a message refused for what it is (SMTP replies 5xx to
 * the recipient or the message, RFC 5321 section 4.2.1). Trying again changes nothing.
 */
export class EmailRejectedError extends Error {
  override readonly name = 'EmailRejectedError'
}

/** The database cannot be brought to the schema of the models; the message says what to do. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError'
}

/** The app cannot start; the message is for its operator: what is wrong and how to mend it, one line a problem. */
export class BootError extends Error {
  override readonly name = 'BootError'

  constructor(problems: string | readonly string[], options?: ErrorOptions) {
    super(typeof problems === 'string' ? problems : problems.join('\n'), options)
  }
}
