import type { Static } from 'typebox'
import {
  type authSettingsSchema,
  EXTERNAL_ALGORITHMS,
  type ExternalAlgorithm,
  LOCAL_ALGORITHMS,
  type LocalAlgorithm,
} from './auth-settings-schema.js'
import type { IConfigProvider } from './contracts/config.js'

type Given = Static<typeof authSettingsSchema>

/** How this server signs and verifies its own tokens. */
export interface LocalTokens {
  secret: string
  /** Verify only, newest first. */
  previousSecrets: readonly string[]
  /** Signs. */
  algorithm: LocalAlgorithm
  /** Verify. */
  algorithms: readonly LocalAlgorithm[]
  issuer?: string
  audience?: string
}

/** How tokens of an external identity provider are verified. */
export interface ExternalTokens {
  jwksUri: string
  algorithms: readonly ExternalAlgorithm[]
  /** `null`: any, by the operator's word or, in development, by default. */
  issuer: string | null
  audience: string | null
  roleClaim: string
}

export interface AuthSettings extends Omit<Given, 'email'> {
  email: Given['email'] & { resetUrl: string; verifyUrl: string }
  /** The base of every link, without a trailing slash. */
  publicUrl: string
  /** `null`: no local tokens are issued or accepted. */
  local: Readonly<LocalTokens> | null
  /** `null`: no external tokens are accepted. */
  external: Readonly<ExternalTokens> | null
}

/** The word that lets any issuer or audience pass. */
const ANY = 'any'

/** The auth settings with what follows from others filled in: the one reading for signer, verifier and identity. */
export function readAuthSettings(settings: IConfigProvider): Readonly<AuthSettings> {
  const auth = settings.section<Given>('auth')
  const publicUrl = String(settings.get('publicUrl') ?? '').replace(/\/+$/, '')
  return Object.freeze({
    ...auth,
    publicUrl,
    email: {
      ...auth.email,
      resetUrl: auth.email.resetUrl ?? `${publicUrl}/auth/password/reset`,
      verifyUrl: auth.email.verifyUrl ?? `${publicUrl}/auth/verify`,
    },
    local: localTokens(auth),
    external: externalTokens(auth),
  })
}

/** What a list of algorithms means for each family (`auth.algorithms`). */
export function splitAlgorithms(algorithms: readonly string[] | undefined): {
  local: LocalAlgorithm[]
  external: ExternalAlgorithm[]
} {
  if (algorithms === undefined) return { local: ['HS256'], external: ['RS256'] }
  return {
    local: localOf(algorithms),
    external: EXTERNAL_ALGORITHMS.filter((algorithm) => algorithms.includes(algorithm)),
  }
}

/** What external tokens must carry; `undefined` where nothing says so. A key set that stands alone takes the local ones. */
export function externalIdentity(
  auth: Partial<Record<'secret' | 'issuer' | 'audience' | 'jwksIssuer' | 'jwksAudience', string | undefined>> & {
    algorithms?: readonly string[] | undefined
  },
): { issuer: string | undefined; audience: string | undefined } {
  const alone = !issuesLocally(auth)
  return {
    issuer: auth.jwksIssuer ?? (alone ? auth.issuer : undefined),
    audience: auth.jwksAudience ?? (alone ? auth.audience : undefined),
  }
}

/** Whether this server signs tokens of its own: with a secret, by an algorithm that needs one. */
export function issuesLocally({
  secret,
  algorithms,
}: {
  secret?: string | undefined
  algorithms?: readonly string[] | undefined
}): boolean {
  return secret !== undefined && splitAlgorithms(algorithms).local.length > 0
}

/**
 * The rule of routes at this URL that carry none of their own: `null` below a prefix of `auth.exclude`, where the verifier
 * does not even look, `'public'` with `auth.required: false`, else `'user'`. Prefixes match by whole segments: `/auth`
 * covers `/auth` and `/auth/me`, never `/authors`.
 */
export function defaultRule(
  url: string,
  { exclude, required }: Pick<AuthSettings, 'exclude' | 'required'>,
): 'user' | 'public' | null {
  const path = segments(url)
  const covers = (prefix: readonly string[]) => prefix.length > 0 && prefix.every((part, i) => path[i] === part)
  if (exclude.map(segments).some(covers)) return null
  return required ? 'user' : 'public'
}

function localTokens(auth: Given): LocalTokens | null {
  const { secret, previousSecrets, issuer, audience } = auth
  const { local: algorithms } = splitAlgorithms(auth.algorithms)
  const [algorithm] = algorithms
  if (secret === undefined || algorithm === undefined) return null
  return {
    ...{ secret, previousSecrets, algorithm, algorithms },
    ...(issuer && { issuer }),
    ...(audience && { audience }),
  }
}

function externalTokens(auth: Given): ExternalTokens | null {
  const { jwksUri, roleClaim } = auth
  if (jwksUri === undefined) return null
  const { external: algorithms } = splitAlgorithms(auth.algorithms)
  const { issuer, audience } = externalIdentity(auth)
  return { jwksUri, algorithms, roleClaim, issuer: unlessAny(issuer), audience: unlessAny(audience) }
}

function unlessAny(name: string | undefined): string | null {
  return name === undefined || name === ANY ? null : name
}

/** In the order they were written: the first one signs. */
function localOf(algorithms: readonly string[]): LocalAlgorithm[] {
  const known: readonly string[] = LOCAL_ALGORITHMS
  return algorithms.filter((algorithm): algorithm is LocalAlgorithm => known.includes(algorithm))
}

function segments(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '')
}
