import { availableParallelism } from 'node:os'
import { splitAlgorithms } from '@json-express/core'
import { authRules } from './auth-rules.js'
import { developmentSecret } from './secret.js'
import type { Derive } from './validate.js'

export interface DeriveOptions {
  appDir: string
  /** Threads of libuv's pool in this process. */
  threadPool: number
  /** Whether a package that verifies tokens is active. */
  authenticates: boolean
  /** Whether an e-mail provider is active, so that links have to lead somewhere. */
  mails: boolean
  warn(message: string): void
}

/** The settings that follow from others or from the mode, and the rules that only production has. */
export function deriveSettings({ appDir, threadPool, authenticates, mails, warn }: DeriveOptions): Derive {
  return (get, production) => {
    const problems: string[] = []
    const values: Record<string, { value: unknown; source: string }> = {
      host: { value: production ? '0.0.0.0' : '127.0.0.1', source: 'default' },
      'auth.hash.concurrency': { value: hashesAtOnce(threadPool), source: 'default' },
    }
    if (!production) values.publicUrl = { value: `http://localhost:${get('port')}`, source: 'default' }
    else if (mails && get('publicUrl') === undefined) {
      problems.push(
        'jex.publicUrl is missing: links in mails start with it. Set it like jex.publicUrl=https://api.example.com',
      )
    }
    if (get('cors.credentials') === true && (get('cors.origin') as string[] | undefined)?.includes('*')) {
      problems.push(
        'jex.cors.credentials=true does not go with jex.cors.origin=*: no browser accepts the two together. Name the origins, or leave jex.cors.credentials out',
      )
    }
    if (authenticates) {
      if (!production && needsSecret(get)) {
        values['auth.secret'] = { value: developmentSecret(appDir), source: '.jex/secret' }
        warn('no jex.auth.secret: using the one in .jex/secret, which is for development')
      }
      const effective = (key: string) => get(key) ?? values[key]?.value
      const rules = authRules(effective, { production, mails })
      problems.push(...rules.problems)
      for (const warning of rules.warnings) warn(warning)
    }
    return { values, problems }
  }
}

/** Where tokens are issued here, and nobody has said with what. */
function needsSecret(get: (key: string) => unknown): boolean {
  const { local } = splitAlgorithms(get('auth.algorithms') as string[] | undefined)
  return local.length > 0 && get('auth.secret') === undefined && get('auth.jwksUri') === undefined
}

/** Two threads are left to files and DNS, and more hashes than cores would only wait for each other. */
function hashesAtOnce(threadPool: number): number {
  return Math.max(1, Math.min(availableParallelism(), threadPool - 2))
}
