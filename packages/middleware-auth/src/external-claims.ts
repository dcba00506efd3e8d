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

/** What the claims are measured by. */
export type ExternalRules = Pick<ExternalTokens, 'issuer' | 'audience' | 'algorithms'> & {
  /** The issuer of this server's own tokens, whose name no other may use. */
  localIssuer?: string | undefined
}

/**
 * The claims of a token that reads like one of the external issuer. Whether it is one, the signature says, and whether it
 * has expired is asked after that. Throws `INVALID_TOKEN`, with what is wrong as `cause`.
 */
export function readExternalClaims(form: TokenForm, rules: ExternalRules): ExternalClaims {
  const wrong = headerProblem(form.header, rules) ?? claimsProblem(form.payload, rules)
  if (wrong !== null) throw new errors.InvalidToken({ cause: wrong })
  return form.payload as ExternalClaims
}

/** Extensions are never understood (RFC 7515 section 4.1.11), and keys come from the key set alone. */
function headerProblem({ alg, typ, kid, crit }: JsonObject, { algorithms }: ExternalRules): string | null {
  const type = typeof typ === 'string' ? typ.toLowerCase() : typ
  if (!algorithms.some((one) => one === alg)) return 'alg is none of jex.auth.algorithms'
  if (crit !== undefined) return 'crit is not supported'
  if (kid !== undefined && typeof kid !== 'string') return 'kid is not a string'
  return TYPES.includes(type as string) ? null : 'typ is not JWT or at+jwt'
}

function claimsProblem(payload: JsonObject, { issuer, audience, localIssuer }: ExternalRules): string | null {
  const { iss, sub, exp, nbf, iat } = payload
  const latestIat = Date.now() / 1000 + EXTERNAL_TOLERANCE_SECONDS
  if (!isName(iss)) return 'iss is missing or malformed'
  if (issuer !== null && iss !== issuer) return 'iss is not jex.auth.jwksIssuer'
  if (iss === localIssuer) return 'iss is jex.auth.issuer, which is for tokens of this server'
  if (!isName(sub)) return 'sub is missing or malformed'
  if (!isSecond(exp)) return 'exp is missing or malformed'
  if (nbf !== undefined && !isSecond(nbf)) return 'nbf is malformed'
  if (iat !== undefined && !(isSecond(iat) && iat <= latestIat)) return 'iat is malformed or in the future'
  const audiences = audiencesOf(payload)
  if (audiences.length === 0) return 'aud, or client_id where there is none, is missing or malformed'
  if (audience !== null && !audiences.includes(audience)) return 'aud is not jex.auth.jwksAudience'
  // what only tokens of this server carry: one that leaked into the other family stays out
  const own = ['tv', 'sid'].find((name) => Object.hasOwn(payload, name))
  return own === undefined ? null : `${own} is for tokens of this server`
}

/** Who the token is for: `aud`, or `client_id` where there is none, as in access tokens of Cognito. */
function audiencesOf(payload: JsonObject): readonly string[] {
  const { aud, client_id: clientId } = payload
  const audiences: unknown[] = Object.hasOwn(payload, 'aud') ? [aud].flat() : [clientId]
  return audiences.every(isName) ? audiences : []
}

/** At most as long as a subject may be (OpenID Connect Core section 2), which links and owners are stored by. */
function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= 255 && !/\p{Cc}/u.test(value)
}

function isSecond(value: unknown): value is number {
  return Number.isSafeInteger(value) && Math.abs(Number(value)) <= LAST_SECOND
}
