import type { Rule } from './access.js'
import type { AccessTokenClaims } from './claims.js'
import type { Collections } from './collections.js'
import type { IDatabaseAdapter } from './contracts/adapter.js'
import type { IConfigProvider } from './contracts/config.js'
import type { IEmailProvider } from './contracts/email.js'
import type { IKvStore } from './contracts/kv-store.js'
import type { IQueueAdapter } from './contracts/queue.js'
import type { RateLimiter } from './contracts/rate-limiter.js'
import type { User } from './user.js'

/** Signs access tokens; provided together with `app.authenticate`. */
export interface AccessTokens {
  /** A signed JWT that expires after `auth.tokenTtl`. */
  sign(claims: AccessTokenClaims): string
  /** Its life in seconds, the `expires_in` of OAuth. */
  readonly expiresIn: number
}

declare module 'fastify' {
  interface FastifyInstance {
    settings: IConfigProvider
    /** Rows without defaults, hooks and rules. */
    db: IDatabaseAdapter
    kv: IKvStore
    queue: IQueueAdapter
    email: IEmailProvider
    collections: Collections
    /**
     * Verifies the request's access token and sets `request.user`. Throws a 401, or 503 when the user's row cannot be
     * read. Without an Authorization header `request.user` stays `null`.
     */
    authenticate(request: FastifyRequest): Promise<void>
    /** Absent where no local tokens are issued (`auth.jwksUri` without `auth.secret`). */
    accessTokens: AccessTokens
    rateLimiter: RateLimiter
    /** The folder of the app. */
    dir: string
    /**
     * What the app was booted for. `worker`: it works the queues and does not listen. `command`: the command line works
     * on it beside a server that may be running, so nothing is taken from queues and no mail is sent.
     */
    purpose: 'serve' | 'worker' | 'command'
    /** Whether workers of queues are to be registered here: in a worker, and in a server unless `jex.worker=false`. */
    takesJobs: boolean
  }

  interface FastifyRequest {
    /** The caller, `null` when nobody is signed in. */
    user: User | null
  }

  interface FastifyContextConfig {
    /** Who may call the route. Left out: signed-in callers where an auth middleware is installed, else anybody. */
    access?: Rule
    /** `false`: open to anybody, any Authorization header is ignored. */
    auth?: false
    /** Which of the windows of `jex.ratelimit.*` the route counts in, per client network: `login`. */
    limit?: string
  }
}
