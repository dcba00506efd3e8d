import { type RateLimit, setting } from '@json-express/core'
import Type, { type Static } from 'typebox'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** Outside production all clients are one developer and his tests. */
const LENIENCE = 10

/** What is counted, at most how often in production, within what time. */
const DEFAULTS = {
  login: { max: 100, windowMs: 10 * MINUTE, counts: 'Sign-ins' },
  loginFailures: { max: 20, windowMs: 10 * MINUTE, counts: 'Wrong passwords, whatever the account' },
  register: { max: 10, windowMs: HOUR, counts: 'Registrations' },
  refresh: { max: 300, windowMs: MINUTE, counts: 'Refreshes and logouts' },
  forgot: { max: 10, windowMs: HOUR, counts: 'Requests for a reset mail' },
  resend: { max: 10, windowMs: HOUR, counts: 'Requests for a verification mail' },
  confirm: { max: 20, windowMs: HOUR, counts: 'Uses of mailed links' },
  password: { max: 30, windowMs: 15 * MINUTE, counts: 'Requests that ask for the current password' },
} as const

type Name = keyof typeof DEFAULTS

const window = ({ max, windowMs, counts }: (typeof DEFAULTS)[Name]) =>
  Type.Object({
    max: Type.Optional(
      Type.Integer({ minimum: 1, description: `${counts}; ${max} in production, ${max * LENIENCE} elsewhere` }),
    ),
    window: setting.duration({ default: windowMs, minimum: 1000, description: 'Within this time' }),
  })

/** The settings `jex.ratelimit.*`: for each window how often one client network may, and within what time. */
export const configSchema = Type.Object(
  {
    enabled: Type.Boolean({ default: true, description: 'Whether routes are limited; lockout does not depend on it' }),
    max: Type.Optional(
      Type.Integer({ minimum: 1, description: 'Requests to each route without a window of its own; unset: no limit' }),
    ),
    window: setting.duration({ default: MINUTE, minimum: 1000, description: 'Within this time' }),
    login: window(DEFAULTS.login),
    loginFailures: window(DEFAULTS.loginFailures),
    register: window(DEFAULTS.register),
    refresh: window(DEFAULTS.refresh),
    forgot: window(DEFAULTS.forgot),
    resend: window(DEFAULTS.resend),
    confirm: window(DEFAULTS.confirm),
    password: window(DEFAULTS.password),
  },
  { additionalProperties: false },
)

export type RateLimitSettings = Static<typeof configSchema>

/** The limit of a window, or `undefined` when there is no such window. */
export function limitOf(name: string, settings: RateLimitSettings, production: boolean): RateLimit | undefined {
  if (!Object.hasOwn(DEFAULTS, name)) return undefined
  const { max, window: windowMs } = settings[name as Name]
  return { max: max ?? DEFAULTS[name as Name].max * (production ? 1 : LENIENCE), windowMs }
}

/** The names of all windows. */
export const WINDOWS = Object.keys(DEFAULTS)
