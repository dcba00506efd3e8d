import Type from 'typebox'

export const CLOSED = { additionalProperties: false } as const

/** Every error answer (docs/errors.md). */
export const ErrorReply = Type.Object(
  {
    error: Type.Object(
      {
        code: Type.String(),
        message: Type.String(),
        details: Type.Optional(Type.Array(Type.Object({ field: Type.String(), message: Type.String() }, CLOSED))),
      },
      CLOSED,
    ),
  },
  CLOSED,
)

/** A user as he may see himself; fields that an app added come along, `passwordHash` and `tokenVersion` never. */
export const UserReply = Type.Object(
  {
    id: Type.String(),
    email: Type.String(),
    role: Type.String(),
    emailVerified: Type.Boolean(),
    disabled: Type.Boolean(),
    createdAt: Type.String(),
    updatedAt: Type.String(),
  },
  { additionalProperties: true },
)

export const SignedInReply = Type.Object(
  {
    accessToken: Type.String(),
    refreshToken: Type.String(),
    expiresIn: Type.Integer({ description: 'Life of the access token, seconds' }),
    user: UserReply,
  },
  CLOSED,
)

/** A place where the user is signed in. */
export const SessionReply = Type.Object(
  {
    id: Type.String(),
    createdAt: Type.String(),
    lastUsedAt: Type.String(),
    client: Type.Object({ address: Type.String(), userAgent: Type.String() }, CLOSED),
    current: Type.Boolean(),
  },
  CLOSED,
)

/** For answers that say nothing but that it is done. */
export const DoneReply = Type.Object({}, CLOSED)

/** Bounds that keep rubbish out before any work; what a password must be is said by `passwords.assertAcceptable`. */
export const Password = Type.String({ minLength: 1, maxLength: 1024 })
export const Email = Type.String({ minLength: 1, maxLength: 320 })
export const Id = Type.Object({ id: Type.String({ minLength: 1, maxLength: 255 }) }, CLOSED)

/** Any text: what is wrong with it is WEAK_PASSWORD, or INVALID_LINK for a token, never a matter of form. */
export const NewPassword = Type.String()
export const Token = Type.String()
/** Errors of a route beside its good answers. */
export const ERRORS = { '4xx': ErrorReply, 503: ErrorReply } as const
