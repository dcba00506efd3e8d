import { developmentSecret, secretProblem } from './secret.js'
import type { Derive } from './validate.js'

export interface DeriveOptions {
  appDir: string
  /** Whether a package that verifies tokens is active. */
  authenticates: boolean
  /** Whether an e-mail provider is active, so that links have to lead somewhere. */
  mails: boolean
  warn(message: string): void
}

/** The settings that follow from others or from the mode, and the rules that only production has. */
export function deriveSettings({ appDir, authenticates, mails, warn }: DeriveOptions): Derive {
  return (get, production) => {
    const problems: string[] = []
    const values: Record<string, { value: unknown; source: string }> = {
      host: { value: production ? '0.0.0.0' : '127.0.0.1', source: 'default' },
    }
    if (!production) values.publicUrl = { value: `http://localhost:${get('port')}`, source: 'default' }
    else if (mails && get('publicUrl') === undefined) {
      problems.push(
        'jex.publicUrl is missing: links in mails start with it. Set it like jex.publicUrl=https://api.example.com',
      )
    }
    if (authenticates) {
      const secret = get('auth.secret') as string | undefined
      const problem = secretProblem(secret)
      if (production && problem !== null) problems.push(problem)
      if (!production && secret === undefined) {
        values['auth.secret'] = { value: developmentSecret(appDir), source: '.jex/secret' }
        warn('no jex.auth.secret: using the one in .jex/secret, which is for development')
      } else if (!production && problem !== null) {
        warn(problem)
      }
    }
    return { values, problems }
  }
}
