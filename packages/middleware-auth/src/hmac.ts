import jwt from '@fastify/jwt'
import {
  ACCESS_TOKEN_TYPE,
  type AccessTokenClaims,
  type AccessTokens,
  type AuthSettings,
  errors,
  type User,
} from '@json-express/core'
import type { FastifyInstance } from 'fastify'
import { assertCanonical } from './token-form.js'

declare module '@fastify/jwt' {
  interface FastifyJWT {
    user: User | null
  }
}

/** The clocks of our own instances may differ by this much. */
export const CLOCK_TOLERANCE_MS = 5000

export interface VerifiedClaims extends AccessTokenClaims {
  /** Seconds since the epoch (RFC 7519 section 4.1). */
  iat: number
  exp: number
}

export interface Hmac extends AccessTokens {
  /** The claims of a local access token. Throws `TOKEN_EXPIRED` after a good signature, `INVALID_TOKEN` for the rest. */
  verify(token: string): VerifiedClaims
}

/**
 * Signs and verifies local access tokens, HS256 through `@fastify/jwt` with everything pinned (RFC 8725): one algorithm,
 * one type, required claims, no cache inside the library. This is the one place that knows the library.
 */
export async function registerHmac(app: FastifyInstance, settings: Readonly<AuthSettings>): Promise<Hmac> {
  const { secret, issuer, audience, tokenTtl } = settings
  if (secret === undefined) throw new Error('auth.secret is not set')
  const lifetime = Math.floor(tokenTtl / 1000) // whole seconds, as iat and exp are
  await app.register(jwt, {
    secret,
    decoratorName: 'jwtClaims', // request.user is the caller, not the claims
    sign: {
      algorithm: 'HS256',
      header: { alg: 'HS256', typ: ACCESS_TOKEN_TYPE },
      expiresIn: lifetime, // seconds, unlike clockTolerance below
      ...(issuer && { iss: issuer }),
      ...(audience && { aud: audience }),
    },
    verify: {
      algorithms: ['HS256'],
      cache: false, // it would outlive what it holds; verifier.ts keeps its own map
      errorCacheTTL: 0,
      checkTyp: ACCESS_TOKEN_TYPE,
      clockTolerance: CLOCK_TOLERANCE_MS,
      maxAge: lifetime + CLOCK_TOLERANCE_MS / 1000,
      requiredClaims: [
        'sub',
        'role',
        'tv',
        'jti',
        'iat',
        'exp',
        ...(issuer ? ['iss'] : []),
        ...(audience ? ['aud'] : []),
      ],
      ...(issuer && { allowedIss: issuer }),
      ...(audience && { allowedAud: audience }),
    },
  })
  return {
    expiresIn: lifetime,
    sign: (claims) => app.jwt.sign({ ...claims }),
    verify(token) {
      assertCanonical(token)
      const claims = verified(app, token)
      if (!wellFormed(claims, lifetime, audience)) throw new errors.InvalidToken()
      return claims
    },
  }
}

function verified(app: FastifyInstance, token: string): Record<string, unknown> {
  try {
    return app.jwt.verify<Record<string, unknown>>(token)
  } catch (error) {
    const expired = /_EXPIRED$/.test(String((error as { code?: unknown }).code))
    throw expired ? new errors.TokenExpired() : new errors.InvalidToken()
  }
}

/** The library checks that claims are there; this checks that they are what we would have signed. */
function wellFormed(
  claims: Record<string, unknown>,
  lifetime: number,
  audience: string | undefined,
): claims is Record<string, unknown> & VerifiedClaims {
  const { sub, role, tv, jti, iat, exp, aud, iss } = claims
  const now = (Date.now() + CLOCK_TOLERANCE_MS) / 1000
  return (
    [sub, role, jti].every((claim) => typeof claim === 'string' && claim !== '') &&
    Number.isSafeInteger(tv) &&
    Number(tv) >= 0 &&
    Number.isSafeInteger(iat) &&
    Number.isSafeInteger(exp) &&
    Number(iat) <= now &&
    Number(exp) - Number(iat) <= lifetime &&
    (iss === undefined || typeof iss === 'string') &&
    (audience === undefined || aud === audience) &&
    !Object.hasOwn(claims, '__proto__') &&
    !Object.hasOwn(claims, 'constructor')
  )
}
