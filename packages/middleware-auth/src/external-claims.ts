import { type ExternalTokens, errors } from '@json-express/core'
import type { JsonObject, TokenForm } from './token-form.js'

/** The clocks of an identity provider may differ by this much. */
export const EXTERNAL_TOLERANCE_SECONDS = 30

const TYPES = [undefined, 'jwt', 'at+jwt', 'application/jwt', 'application/at+jwt']
/** The last second that a date can hold. */
const LAST_SECOND = 8_640_000_000_000

export interface ExternalClaims extends JsonObject {
  readonly iss: string
  readonly sub: string
  /** Seconds since the epoch (RFC 7519 section 4.1.4). */
  readonly exp: number
}

/**
 * The claims of a token that reads like one of the external issuer. Whether it is one, the signature says, and whether it
 * has expired is asked after that. Throws `INVALID_TOKEN`.
 */
export function readExternalClaims(
  { header, payload }: TokenForm,
  { issuer, audience }: Pick<ExternalTokens, 'issuer' | 'audience'>,
): ExternalClaims {
  const { iss, sub, exp, iat } = payload
  const latestIat = Date.now() / 1000 + EXTERNAL_TOLERANCE_SECONDS
  const good =
    hasKnownHeader(header) &&
    isName(iss) &&
    (issuer === null || iss === issuer) &&
    isName(sub) &&
    isSecond(exp) &&
    (iat === undefined || (isSecond(iat) && iat <= latestIat)) &&
    audiencesOf(payload).some((one) => audience === null || one === audience) &&
    // what only tokens of this server carry: one that leaked into the other family stays out
    !Object.hasOwn(payload, 'tv') &&
    !Object.hasOwn(payload, 'sid')
  if (!good) throw new errors.InvalidToken()
  return payload as ExternalClaims
}

/** Extensions are never understood (RFC 7515 section 4.1.11), and keys come from the key set alone. */
function hasKnownHeader({ typ, kid, crit }: JsonObject): boolean {
  const type = typeof typ === 'string' ? typ.toLowerCase() : typ
  return crit === undefined && (kid === undefined || typeof kid === 'string') && TYPES.includes(type as string)
}

/** Who the token is for: `aud`, or `client_id` where there is none, as in access tokens of Cognito. */
function audiencesOf(payload: JsonObject): readonly string[] {
  const { aud, client_id: clientId } = payload
  const audiences: unknown[] = Object.hasOwn(payload, 'aud') ? [aud].flat() : [clientId]
  return audiences.every(isName) ? audiences : []
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && !/\p{Cc}/u.test(value)
}

function isSecond(value: unknown): value is number {
  return Number.isSafeInteger(value) && Math.abs(Number(value)) <= LAST_SECOND
}
