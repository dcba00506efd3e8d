import Type, { type Static } from 'typebox'
import type { IConfigProvider } from './contracts/config.js'
import { setting } from './setting.js'
import type { User } from './user.js'

const MINUTE = 60_000

/** Every `jex.auth.*` setting. Issuer, verifier and identity read the same ones, through `readAuthSettings`. */
export const authSettingsSchema = Type.Object(
  {
    secret: Type.Optional(setting.secret({ description: 'HMAC secret of the access tokens, at least 32 bytes' })),
    issuer: Type.Optional(
      Type.String({ minLength: 1, description: '`iss` of local tokens: stamped and then required' }),
    ),
    audience: Type.Optional(
      Type.String({ minLength: 1, description: '`aud` of local tokens: stamped and then required' }),
    ),
    exclude: setting.list({
      default: [],
      description: 'Path prefixes whose rule-less routes are public, by whole segments',
    }),
    required: Type.Boolean({ default: true, description: 'false opens routes that carry no rule' }),
    tokenTtl: setting.duration({ default: 15 * MINUTE, minimum: 1000, description: 'Life of an access token' }),
    resetTtl: setting.duration({ default: 30 * MINUTE, minimum: 1000, description: 'Life of a password reset link' }),
    inviteTtl: setting.duration({
      default: 72 * 60 * MINUTE,
      minimum: 1000,
      description: 'Life of an invitation link',
    }),
    password: Type.Object({
      minLength: Type.Integer({
        default: 8,
        minimum: 8,
        maximum: 256,
        description: 'Least code points of a new password',
      }),
      maxLength: Type.Integer({
        default: 256,
        minimum: 64,
        maximum: 256,
        description: 'Most code points of a password',
      }),
    }),
    hash: Type.Object({
      memoryKiB: Type.Integer({
        default: 19_456,
        minimum: 7168,
        maximum: 1_048_576,
        description: 'argon2id memory, KiB',
      }),
      iterations: Type.Integer({ default: 2, minimum: 1, maximum: 10, description: 'argon2id passes' }),
      parallelism: Type.Integer({ default: 1, minimum: 1, maximum: 8, description: 'argon2id lanes' }),
      concurrency: Type.Optional(
        Type.Integer({ minimum: 1, maximum: 64, description: 'Hashes at once; derived from cores and thread pool' }),
      ),
      maxQueue: Type.Optional(
        Type.Integer({ minimum: 0, maximum: 100_000, description: 'Hashes that may wait; derived as 2 s of work' }),
      ),
    }),
    email: Type.Object({
      appName: Type.String({
        default: 'JSONExpress',
        minLength: 1,
        maxLength: 100,
        description: 'Name in mails and pages',
      }),
      from: Type.Optional(Type.String({ minLength: 3, description: "Sender; default is the provider's" })),
      resetUrl: Type.Optional(
        Type.String({ format: 'uri', description: 'Page that reset and invitation links lead to' }),
      ),
    }),
  },
  { additionalProperties: false },
)

export interface AuthSettings extends Omit<Static<typeof authSettingsSchema>, 'email'> {
  email: Static<typeof authSettingsSchema>['email'] & { resetUrl: string }
  /** The base of every link, without a trailing slash. */
  publicUrl: string
}

/** The auth settings with what follows from others filled in: the one reading for signer, verifier and identity. */
export function readAuthSettings(settings: IConfigProvider): Readonly<AuthSettings> {
  const auth = settings.section<Static<typeof authSettingsSchema>>('auth')
  const publicUrl = String(settings.get('publicUrl') ?? '').replace(/\/+$/, '')
  const resetUrl = auth.email.resetUrl ?? `${publicUrl}/auth/password/reset`
  return Object.freeze({ ...auth, publicUrl, email: { ...auth.email, resetUrl } })
}

/**
 * Whether routes at this URL are public when they carry no rule of their own: by `auth.required: false`, or below a
 * prefix of `auth.exclude`. By whole segments: `/auth` covers `/auth` and `/auth/me`, never `/authors`.
 */
export function isOpenByDefault(
  url: string,
  { exclude, required }: Pick<AuthSettings, 'exclude' | 'required'>,
): boolean {
  const path = segments(url)
  return !required || exclude.map(segments).some((prefix) => prefix.length > 0 && prefix.every((s, i) => path[i] === s))
}

function segments(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '')
}

/** Claims of a local access token (RFC 9068, without personal data). Times and `iss`/`aud` are added by the signer. */
export interface AccessTokenClaims {
  sub: string
  role: string
  /** The tokenVersion of the user's row when the token was signed. */
  tv: number
  jti: string
}

/** The `typ` of a local access token (RFC 9068 section 2.1). */
export const ACCESS_TOKEN_TYPE = 'at+jwt'

/** What a user's row says about a token, read at every request. */
export interface UserState {
  id: string
  role: string
  tokenVersion: number
  disabled: boolean
}

/** The claims to sign for a user. */
export function claimsFromUser(user: Pick<UserState, 'id' | 'role' | 'tokenVersion'>, jti: string): AccessTokenClaims {
  return { sub: user.id, role: user.role, tv: user.tokenVersion, jti }
}

/** The caller that verified claims and the row make, or `null` when the row no longer stands by the token. */
export function userFromClaims(claims: AccessTokenClaims, row: UserState | undefined): User | null {
  if (row === undefined || row.id !== claims.sub || row.disabled !== false) return null
  if (!Number.isSafeInteger(claims.tv) || row.tokenVersion !== claims.tv) return null
  return { id: row.id, role: row.role, sessionId: null, claims: { ...claims } }
}
