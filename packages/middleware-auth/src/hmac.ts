import jwt, { type JWT } from '@fastify/jwt'
import {
  ACCESS_TOKEN_TYPE,
  type AccessTokenClaims,
  type AccessTokens,
  type AuthSettings,
  errors,
  type LocalTokens,
  type User,
} from '@json-express/core'
import type { FastifyInstance } from 'fastify'
import { assertOwnForm } from './token-form.js'

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
 * Signs and verifies local access tokens through `@fastify/jwt` with everything pinned (RFC 8725): the algorithms of the
 * settings, one type, required claims, no cache inside the library, and for every previous secret a verifier of its own.
 * This is the one place that knows the library.
 */
export async function registerHmac(
  app: FastifyInstance,
  { secret, previousSecrets, algorithm, algorithms, issuer, audience }: Readonly<LocalTokens>,
  { tokenTtl }: Pick<AuthSettings, 'tokenTtl'>,
): Promise<Hmac> {
  const lifetime = Math.floor(tokenTtl / 1000) // whole seconds, as iat and exp are
  const sign = {
    algorithm,
    header: { alg: algorithm, typ: ACCESS_TOKEN_TYPE },
    expiresIn: lifetime, // seconds, unlike clockTolerance below
    ...(issuer && { iss: issuer }),
    ...(audience && { aud: audience }),
  }
  const verifyOnly = {
    decoratorName: 'jwtClaims', // request.user is the caller, not the claims
    verify: {
      algorithms: [...algorithms],
      cache: false, // it would outlive what it holds; token-memory.ts is ours
      errorCacheTTL: 0,
      checkTyp: ACCESS_TOKEN_TYPE,
      clockTolerance: CLOCK_TOLERANCE_MS,
      maxAge: lifetime + CLOCK_TOLERANCE_MS / 1000,
      requiredClaims: [
        ...['sub', 'role', 'sid', 'tv', 'jti', 'iat', 'exp'],
        ...(issuer ? ['iss'] : []),
        ...(audience ? ['aud'] : []),
      ],
      ...(issuer && { allowedIss: issuer }),
      ...(audience && { allowedAud: audience }),
    },
  }
  const verifiers: JWT[] = []
  for (const previous of previousSecrets) {
    await app.register(async (scope) => {
      await scope.register(jwt, { ...verifyOnly, secret: { public: Buffer.from(previous) } })
      verifiers.push(scope.jwt)
    })
  }
  await app.register(jwt, { ...verifyOnly, sign, secret: Buffer.from(secret) })
  verifiers.unshift(app.jwt)

  return {
    expiresIn: lifetime,
    sign: (claims) => app.jwt.sign({ ...claims }),
    verify(token) {
      assertOwnForm(token, algorithms)
      const claims = verified(verifiers, token)
      if (!wellFormed(claims, lifetime, { issuer, audience })) {
        throw new errors.InvalidToken({ cause: 'its claims are not those of this server' })
      }
      return claims
    },
  }
}

/** By whichever secret it verifies; the signature is checked first, so what has expired was good. */
function verified(verifiers: readonly JWT[], token: string): Record<string, unknown> {
  let cause: unknown
  for (const verifier of verifiers) {
    try {
      return verifier.verify<Record<string, unknown>>(token)
    } catch (error) {
      if (/_EXPIRED$/.test(String((error as { code?: unknown }).code))) throw new errors.TokenExpired()
      cause = error
    }
  }
  throw new errors.InvalidToken({ cause })
}

/** The library checks that claims are there; this checks that they are what we would have signed. */
function wellFormed(
  claims: Record<string, unknown>,
  lifetime: number,
  { issuer, audience }: Record<'issuer' | 'audience', string | undefined>,
): claims is Record<string, unknown> & VerifiedClaims {
  const { sub, role, sid, tv, jti, iat, exp, aud, iss } = claims
  const now = (Date.now() + CLOCK_TOLERANCE_MS) / 1000
  return (
    [sub, role, sid, jti].every((claim) => typeof claim === 'string' && claim !== '') &&
    Number.isSafeInteger(tv) &&
    Number(tv) >= 0 &&
    Number.isSafeInteger(iat) &&
    Number.isSafeInteger(exp) &&
    Number(iat) <= now &&
    Number(exp) - Number(iat) <= lifetime &&
    // where the settings name none, ours carry none: such a token was made for something else
    iss === issuer &&
    aud === audience
  )
}
