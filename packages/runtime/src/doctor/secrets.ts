import type { Finding } from '@json-express/core'
import { authRules } from '../settings/auth-rules.js'
import { formatDuration } from '../settings/convert.js'
import type { Examined } from './examined.js'
import { isLoopback } from './loopback.js'
import { problemFinding } from './problem-findings.js'

/** What signs the tokens, and what else would verify them. */
export function secrets({ settings, packages }: Pick<Examined, 'settings' | 'packages'>): Finding[] {
  const provides = (capability: string) => packages.some(({ manifest }) => manifest.provides.includes(capability))
  if (settings === null || !provides('authenticate')) return []
  const { production } = settings
  const get = (key: string) => settings.get(key)
  const { problems, warnings } = authRules(get, { production, mails: provides('email') })
  const findings = [
    ...problems.map((line) => problemFinding(line, 'auth')),
    ...warnings.map((line) => problemFinding(line, 'auth', 'warning')),
  ]
  // a development secret that is still to be made is none that is missing
  const told = production || get('auth.secret') !== undefined
  const own = findings.filter(({ subject }) => told || subject !== 'auth.secret')
  if (!own.some(({ subject }) => subject === 'auth.secret')) own.push(...secretInUse(settings))
  return [...own, ...previousSecrets(get)]
}

function secretInUse(settings: NonNullable<Examined['settings']>): Finding[] {
  const subject = 'auth.secret'
  const secret = settings.entries().find(({ key }) => key === subject)
  if (typeof secret?.value !== 'string') {
    if (settings.get('auth.jwksUri') === undefined) return []
    return [{ subject, level: 'ok', message: 'none: tokens come from the identity provider alone' }]
  }
  if (secret.source === '.jex/secret' && !isLoopback(String(settings.get('host')))) {
    const message = 'the one of this folder for development, on a server that is open to the network'
    return [{ subject, level: 'warning', message, remedy: 'Set jex.auth.secret, and NODE_ENV=production' }]
  }
  return [{ subject, level: 'ok', message: `${Buffer.byteLength(secret.value)} bytes, from ${secret.source}` }]
}

function previousSecrets(get: (key: string) => unknown): Finding[] {
  const { length } = get('auth.previousSecrets') as string[]
  if (length === 0) return []
  // at every refresh a client gets tokens of the new secret
  const life = formatDuration(Math.max(Number(get('auth.tokenTtl')), Number(get('auth.refreshTtl'))))
  return [
    {
      subject: 'auth.previousSecrets',
      level: 'warning',
      message: `${length} set: whoever has one can make tokens`,
      remedy: `Remove it ${life} after the change of the secret, when its last tokens have expired; at once if it leaked`,
    },
  ]
}
