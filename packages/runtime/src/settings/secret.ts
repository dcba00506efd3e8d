import { randomBytes } from 'node:crypto'
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BootError, type LocalAlgorithm } from '@json-express/core'
import { ensureStateDirectory } from '../state-directory.js'
import { isGuessable } from './guessable.js'

/** Shorter ones can be guessed from a single token, offline (RFC 7518 section 3.2, ASVS 11.2.3). */
const MIN_BYTES = { HS256: 32, HS384: 48, HS512: 64 } as const satisfies Record<LocalAlgorithm, number>

/** Why anybody could find a secret for these algorithms out, as the end of a sentence, or `null`. */
export function secretWeakness(secret: string, algorithms: readonly LocalAlgorithm[] = ['HS256']): string | null {
  if (isGuessable(secret)) return 'is a placeholder that anybody can guess'
  const [least, algorithm] = demand(algorithms)
  return Buffer.byteLength(secret) < least ? `is shorter than ${least} bytes, which ${algorithm} needs` : null
}

/** What is wrong with a secret for production use with these algorithms, or `null`. */
export function secretProblem(
  secret: string | undefined,
  algorithms: readonly LocalAlgorithm[] = ['HS256'],
): string | null {
  const remedy = `Make one with: node -e "console.log('jex.auth.secret=' + require('crypto').randomBytes(${demand(algorithms)[0]}).toString('base64url'))" >> .env.local`
  if (secret === undefined) return `jex.auth.secret is missing: it signs the access tokens. ${remedy}`
  const weakness = secretWeakness(secret, algorithms)
  return weakness === null ? null : `jex.auth.secret ${weakness}. ${remedy}`
}

/**
 * The secret of a development machine: random, made once, kept in `.jex/secret` (mode 600), so that a restart logs nobody
 * out. Processes that start together agree on one. Throws `BootError` when the file holds none
 * or cannot be written.
 */
export function developmentSecret(appDir: string): string {
  const dir = ensureStateDirectory(appDir)
  const file = join(dir, 'secret')
  const known = readIfThere(file)
  if (known !== null) return known
  const draft = join(dir, `secret.${process.pid}.${randomBytes(4).toString('hex')}`)
  try {
    writeFileSync(draft, `${randomBytes(64).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' })
  } catch (cause) {
    throw new BootError(
      `jex.auth.secret is not set, and a secret cannot be kept in ${dir}, which cannot be written. Set jex.auth.secret`,
      { cause },
    )
  }
  try {
    linkSync(draft, file) // appears whole or not at all, and never over another's
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(draft, { force: true })
  }
  return readIfThere(file) ?? developmentSecret(appDir) // somebody has just deleted it
}

function readIfThere(file: string): string | null {
  try {
    const secret = readFileSync(file, 'utf8').trim()
    if (Buffer.byteLength(secret) >= MIN_BYTES.HS256) return secret
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    throw error
  }
  throw new BootError(`${file} holds no secret of ${MIN_BYTES.HS256} bytes. Delete it, the next start makes a new one`)
}

/** How many bytes the most demanding of them needs, and which that is. */
function demand(algorithms: readonly LocalAlgorithm[]): readonly [bytes: number, algorithm: LocalAlgorithm] {
  return algorithms
    .map((name) => [MIN_BYTES[name], name] as const)
    .reduce((most, one) => (one[0] > most[0] ? one : most), [MIN_BYTES.HS256, 'HS256'])
}
