import createError from '@fastify/error'

/** The codes of the identity routes, beside those of core. */
export const identityErrors = {
  InvalidCredentials: createError('INVALID_CREDENTIALS', 'The address or the password is wrong', 401),
  InvalidEmail: createError('INVALID_EMAIL', 'This is not an e-mail address we can write to', 400),
  DuplicateEmail: createError('DUPLICATE_EMAIL', 'There is an account with this address already', 409),
  WeakPassword: createError('WEAK_PASSWORD', '%s', 400),
  InvalidLink: createError('INVALID_LINK', 'This link has been used, has expired or is not complete', 400),
  LastAdmin: createError('LAST_ADMIN', 'This is the last enabled admin: make another one first', 409),
  UserDisabled: createError(
    'USER_DISABLED',
    'This user is disabled, and nothing is mailed: enable the user first',
    409,
  ),
  RegistrationDisabled: createError('REGISTRATION_DISABLED', 'Accounts are made by an admin here', 403),
  EmailNotVerified: createError('EMAIL_NOT_VERIFIED', 'Verify your address first: the link is in your mail', 403),
  AccountLocked: createError('ACCOUNT_LOCKED', 'Too many wrong passwords, try again later', 423),
  /** Beyond the hashing queue; answered before any work is done. */
  Busy: createError('UNAVAILABLE', 'Too many sign-ins at once, try again shortly', 503),
} as const
