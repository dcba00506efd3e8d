import t from 'tap'
import {
  BootError,
  errors,
  fieldNotWritable,
  MigrationError,
  ReferenceViolationError,
  UnavailableError,
  UniqueViolationError,
  validationFailed,
} from '../src/index.js'

t.test('every code has its status', async (t) => {
  const codes = Object.values(errors).map((ErrorOfCode) => {
    const { code, statusCode } = new ErrorOfCode('why')
    return `${code} ${statusCode}`
  })
  t.strictSame(codes, [
    ...['VALIDATION_FAILED 400', 'FIELD_NOT_WRITABLE 400', 'MISSING_TOKEN 401', 'INVALID_TOKEN 401'],
    ...['TOKEN_EXPIRED 401', 'TOKEN_REVOKED 401', 'FORBIDDEN 403', 'NOT_FOUND 404', 'UNIQUE_VIOLATION 409'],
    ...['REFERENCED 409', 'RATE_LIMITED 429', 'UNAVAILABLE 503'],
  ])
})

t.test('the answers to a bad token are constant, the cause stays inside', async (t) => {
  const cause = new Error('FAST_JWT_INVALID_SIGNATURE')
  for (const key of ['MissingToken', 'InvalidToken', 'TokenExpired', 'TokenRevoked'] as const) {
    const error = new errors[key]({ cause })
    t.equal(error.message, new errors[key]().message)
    t.equal(error.cause, cause)
    t.notMatch(error.message, /%|undefined/)
  }
})

t.test('validationFailed has one entry per field', async (t) => {
  const details = [
    { field: 'title', message: 'is required' },
    { field: '', message: 'must be an object' },
  ]
  const error = validationFailed(details)
  t.ok(error instanceof errors.ValidationFailed)
  t.match(error, { statusCode: 400, code: 'VALIDATION_FAILED', message: 'title is required; must be an object' })
  t.strictSame(error.details, details)
})

t.test('a message is not a format: what a client sent stays as it is', async (t) => {
  const error = validationFailed([{ field: '%s%d%j%o', message: 'is not known: 100 %' }])
  t.equal(error.message, '%s%d%j%o is not known: 100 %')
})

t.test('fieldNotWritable names the fields', async (t) => {
  const error = fieldNotWritable(['role', 'passwordHash'])
  t.match(error, { statusCode: 400, code: 'FIELD_NOT_WRITABLE', message: /role, passwordHash/ })
  t.strictSame(
    error.details.map(({ field }) => field),
    ['role', 'passwordHash'],
  )
})

t.test('violations say where', async (t) => {
  const cause = new Error('driver')
  const unique = new UniqueViolationError('users', ['email', 'tenant'], { cause })
  t.match(unique, { name: 'UniqueViolationError', message: 'users: email, tenant must be unique', cause })
  const missing = new ReferenceViolationError('posts', { field: 'authorId' }, { cause })
  t.match(missing, { message: 'posts.authorId refers to a record that does not exist', cause })
  const referred = new ReferenceViolationError('users', { collection: 'posts' })
  t.match(referred, { message: 'posts still refers to this record of users', by: { collection: 'posts' } })
})

t.test('errors carry their name and cause', async (t) => {
  const cause = new Error('socket')
  const made = {
    UnavailableError: new UnavailableError('why', { cause }),
    MigrationError: new MigrationError('why', { cause }),
    BootError: new BootError('why', { cause }),
  }
  for (const [name, error] of Object.entries(made)) {
    t.ok(error instanceof Error)
    t.match(error, { name, message: 'why', cause })
  }
})

t.test('a BootError lists every problem on a line', async (t) => {
  t.equal(new BootError(['jex.port is no number', 'no adapter']).message, 'jex.port is no number\nno adapter')
})
