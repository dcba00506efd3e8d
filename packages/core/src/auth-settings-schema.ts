import Type from 'typebox'
import { setting } from './setting.js'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** Algorithms of local tokens: the issuer and the verifier are this server, so they share a secret. */
export const LOCAL_ALGORITHMS = ['HS256', 'HS384', 'HS512'] as const
export type LocalAlgorithm = (typeof LOCAL_ALGORITHMS)[number]

/** Algorithms of an external identity provider: only it can sign, anybody can verify. */
export const EXTERNAL_ALGORITHMS = [
  ...(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const),
  ...(['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'] as const),
] as const
export type ExternalAlgorithm = (typeof EXTERNAL_ALGORITHMS)[number]

const life = (milliseconds: number, description: string) =>
  setting.duration({ default: milliseconds, minimum: SECOND, description })
const page = (description: string) =>
  Type.Optional(Type.String({ format: 'uri', pattern: '^https?://[^#]+$', description }))

/** Every `jex.auth.*` setting. Issuer, verifier and identity read the same ones, through `readAuthSettings`. */
export const authSettingsSchema = Type.Object(
  {
    secret: Type.Optional(
      setting.secret({
        description:
          'HMAC secret of the access tokens, without commas: at least 32 bytes, 48 for HS384 and 64 for HS512',
      }),
    ),
    previousSecrets: setting.list({
      default: [],
      writeOnly: true,
      description:
        'Secrets that still verify and never sign, for a rotation that logs nobody out; separated by commas, so none may hold one',
    }),
    algorithms: Type.Optional(
      Type.Array(
        Type.Unsafe<LocalAlgorithm | ExternalAlgorithm>({
          type: 'string',
          enum: [...LOCAL_ALGORITHMS, ...EXTERNAL_ALGORITHMS],
        }),
        {
          minItems: 1,
          uniqueItems: true,
          description:
            'Allowed algorithms: the first HS one signs local tokens, the others are for the JWKS; HS256 and RS256 when unset',
        },
      ),
    ),
    issuer: Type.Optional(
      Type.String({ minLength: 1, description: '`iss` of local tokens: stamped and then required' }),
    ),
    audience: Type.Optional(
      Type.String({ minLength: 1, description: '`aud` of local tokens: stamped and then required' }),
    ),
    jwksUri: Type.Optional(
      Type.String({
        format: 'uri',
        // no credentials: they would be printed with the address wherever a fetch fails
        pattern: '^(https://[^/?#@\\\\]+|http://(localhost|127\\.0\\.0\\.1|\\[::1\\])(:\\d+)?)([/?#]|$)',
        expected: 'must be an https address without credentials, or http on this machine (localhost)',
        description: 'Key set of an external identity provider, over https (http on this machine alone)',
      }),
    ),
    jwksIssuer: Type.Optional(Type.String({ minLength: 1, description: '`iss` of external tokens, or the word any' })),
    jwksAudience: Type.Optional(
      Type.String({
        minLength: 1,
        description: '`aud` of external tokens (`client_id` where there is none), or the word any',
      }),
    ),
    roleClaim: Type.String({
      default: 'role',
      minLength: 1,
      description: 'Where an external token carries its role or roles: a claim, or a path of claims joined by dots',
    }),
    sessionCheck: Type.Boolean({
      default: true,
      description: 'false: tokens of an ended session live until they expire, and protected routes need no KV store',
    }),
    exclude: Type.Array(Type.String({ pattern: '^(/[^/*?#\\s]+)+/?$' }), {
      default: [],
      examples: ['/posts,/auth'],
      description:
        'Path prefixes whose rule-less routes are public, by whole segments: they begin with / and have no *',
    }),
    required: Type.Boolean({ default: true, description: 'false opens routes that carry no rule' }),
    tokenTtl: life(15 * MINUTE, 'Life of an access token'),
    refreshTtl: life(7 * DAY, 'Life of a session that is not used'),
    refreshMaxAge: life(90 * DAY, 'Life of a session in all'),
    refreshGrace: setting.duration({
      default: 30 * SECOND,
      maximum: 10 * MINUTE,
      description: 'How long a used refresh token still yields its successor, for lost answers; 0 turns it off',
    }),
    maxSessions: Type.Integer({
      default: 20,
      minimum: 1,
      maximum: 1000,
      description: 'Sessions of a user at once; the oldest ends',
    }),
    allowRegistration: Type.Boolean({ default: true, description: 'Whether anybody may make an account' }),
    defaultRole: Type.String({
      default: 'user',
      pattern: '^(?!(?:public|owner|admin)$)[a-z][a-z0-9_-]{0,63}$',
      description: 'Role of who registers; not admin',
    }),
    requireVerifiedEmail: Type.Boolean({
      default: false,
      description: 'true: whoever registers verifies the address before the first login',
    }),
    verifyTtl: life(DAY, 'Life of a link that verifies an address'),
    resetTtl: life(30 * MINUTE, 'Life of a password reset link'),
    inviteTtl: life(72 * HOUR, 'Life of an invitation link'),
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
      blocklist: Type.Boolean({ default: true, description: "Refuses common passwords and the user's own address" }),
      requireLetterAndDigit: Type.Boolean({ default: false, description: 'Asks for a letter and a digit' }),
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
    lockout: Type.Object({
      maxFailures: Type.Integer({
        default: 5,
        minimum: 1,
        maximum: 100,
        description: 'Wrong passwords of one account from one network before it has to wait',
      }),
      window: life(15 * MINUTE, 'How long a wrong password counts'),
      duration: life(15 * MINUTE, 'How long that network has to wait'),
    }),
    email: Type.Object({
      appName: Type.String({
        default: 'JSONExpress',
        minLength: 1,
        maxLength: 100,
        pattern: '^[^\\p{Cc}\\u2028\\u2029]+$',
        description: 'Name in mails and pages',
      }),
      from: Type.Optional(Type.String({ minLength: 3, description: "Sender; default is the provider's" })),
      locale: Type.String({
        default: 'en',
        pattern: '^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$',
        description: 'Language of mails and pages; others than en and de are files in emails/',
      }),
      verifyUrl: page('Page that verification links lead to; default is <publicUrl>/auth/verify'),
      resetUrl: page('Page that reset and invitation links lead to; default is <publicUrl>/auth/password/reset'),
    }),
  },
  { additionalProperties: false },
)
