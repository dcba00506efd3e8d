import { externalIdentity, issuesLocally, splitAlgorithms } from '@json-express/core'
import { secretProblem, secretWeakness } from './secret.js'

type Get = (key: string) => unknown

export interface AuthRulesOptions {
  production: boolean
  /** Whether an e-mail provider is active. */
  mails: boolean
}

/** What the `auth.*` settings say together: contradictions stop boot in every mode, carelessness only in production. */
export function authRules(
  get: Get,
  { production, mails }: AuthRulesOptions,
): { problems: string[]; warnings: string[] } {
  const problems = contradictions(get, mails)
  const careless = carelessness(get)
  return production ? { problems: [...problems, ...careless], warnings: [] } : { problems, warnings: careless }
}

function contradictions(get: Get, mails: boolean): string[] {
  const algorithms = get('auth.algorithms') as string[] | undefined
  const { local, external } = splitAlgorithms(algorithms)
  const jwksUri = get('auth.jwksUri')
  const issuer = get('auth.issuer')
  const mixed = jwksUri !== undefined && issuesLocally({ secret: get('auth.secret') as string | undefined, algorithms })
  const number = (key: string) => Number(get(key))
  const found: [boolean, string][] = [
    [
      jwksUri === undefined && local.length === 0,
      'jex.auth.algorithms has no HS entry, so no local tokens are issued, and there is no jex.auth.jwksUri: nobody could sign in. Add HS256, or set jex.auth.jwksUri',
    ],
    [
      jwksUri !== undefined && external.length === 0,
      'jex.auth.algorithms has HS entries alone, which a key set cannot serve: add the one of your identity provider, often RS256, or remove jex.auth.jwksUri',
    ],
    [
      mixed && issuer !== undefined && issuer === get('auth.jwksIssuer'),
      'jex.auth.issuer and jex.auth.jwksIssuer are the same, and issuers are what tells own tokens from external ones: give jex.auth.issuer a name of its own, or remove jex.auth.secret',
    ],
    [
      number('auth.refreshTtl') > number('auth.refreshMaxAge'),
      'jex.auth.refreshTtl is longer than jex.auth.refreshMaxAge, the whole life of a session: make it shorter',
    ],
    [
      number('auth.password.minLength') > number('auth.password.maxLength'),
      'jex.auth.password.minLength is more than jex.auth.password.maxLength: no password could fit',
    ],
    [
      get('auth.requireVerifiedEmail') === true && !mails && local.length > 0,
      'jex.auth.requireVerifiedEmail needs mails, or nobody could sign in: npm install @json-express/email-console or email-smtp',
    ],
  ]
  return found.flatMap(([wrong, message]) => (wrong ? [message] : []))
}

function carelessness(get: Get): string[] {
  const jwksUri = get('auth.jwksUri')
  const secret = get('auth.secret') as string | undefined
  const algorithms = get('auth.algorithms') as string[] | undefined
  const { local } = splitAlgorithms(algorithms)
  const found: string[] = []
  const needed = local.length > 0 && (jwksUri === undefined || secret !== undefined)
  const problem = needed ? secretProblem(secret, local) : null
  if (problem !== null) found.push(problem)
  for (const previous of get('auth.previousSecrets') as string[]) {
    const weakness = secretWeakness(previous, local)
    // a new secret in its place would verify nothing that was ever signed
    if (weakness !== null)
      found.push(
        `An entry of jex.auth.previousSecrets ${weakness}. Remove it, or correct it to the secret that was in use: whoever finds it out can make tokens`,
      )
  }
  if (jwksUri === undefined) return found
  const text = (key: string) => get(key) as string | undefined
  const external = externalIdentity({
    secret,
    algorithms,
    issuer: text('auth.issuer'),
    audience: text('auth.audience'),
    jwksIssuer: text('auth.jwksIssuer'),
    jwksAudience: text('auth.jwksAudience'),
  })
  for (const [name, value] of [
    ['jwksIssuer', external.issuer],
    ['jwksAudience', external.audience],
  ] as const) {
    if (value !== undefined) continue
    found.push(
      `jex.auth.${name} is missing: a key set may serve strangers too, whose tokens would be let in. Set what your identity provider writes into its tokens, or the word any`,
    )
  }
  return found
}
