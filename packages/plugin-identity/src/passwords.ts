import { randomBytes } from 'node:crypto'
import type { AuthSettings } from '@json-express/core'
import argon2 from 'argon2'
import { readHash } from './hashes/read-hash.js'
import type { StoredHash } from './hashes/stored-hash.js'
import { createHashQueue } from './passwords/hash-queue.js'
import { createPasswordPolicy, isText, type PasswordPolicy } from './passwords/password-policy.js'

export interface Passwords extends PasswordPolicy {
  /** An argon2id hash in PHC form. Throws 503 when too many wait. A signal takes it out of the queue. */
  hash(password: string, signal?: AbortSignal): Promise<string>
  /**
   * Whether the password belongs to the hash. Costs one real hash in every case: without a hash, with one that is not
   * verified here, with a password that can be none. Throws 503 when too many wait. A signal takes it out of the queue.
   */
  verify(hash: string | null, password: string, signal?: AbortSignal): Promise<boolean>
  /** Whether `hash` and `verify` would throw 503 right now: a cheap question to ask before other work. */
  isFull(): boolean
  /** Whether a hash that has just been verified should be replaced: another algorithm, or other parameters. */
  needsRehash(hash: string): boolean
}

export type PasswordSettings = Pick<AuthSettings, 'hash' | 'password'> & {
  email: Pick<AuthSettings['email'], 'appName'>
}

/**
 * argon2id (RFC 9106) with the configured parameters, a bounded number at once and a bounded number waiting, so that a
 * login storm leaves the thread pool, the memory and the other routes alone. Hashes of other systems are verified alike.
 */
export function createPasswords({ hash: parameters, password: policy, email }: PasswordSettings): Passwords {
  const options = {
    type: argon2.argon2id,
    memoryCost: parameters.memoryKiB,
    timeCost: parameters.iterations,
    parallelism: parameters.parallelism,
    hashLength: 32,
    version: 0x13,
  } as const
  const queue = createHashQueue(parameters)
  const dummy = argon2.hash(randomBytes(32), options)
  dummy.catch(() => undefined) // awaited, and its failure reported, where it is used

  return {
    ...createPasswordPolicy(policy, email.appName),
    isFull: queue.isFull,
    hash: (password, signal) => queue.run(() => argon2.hash(normalised(password), options), signal),
    async verify(hash, password, signal) {
      const stored = isText(password) ? verifiable(hash) : null
      if (stored === null) {
        const standIn = await dummy
        await queue.run(() => argon2.verify(standIn, normalised(password)), signal)
        return false
      }
      // where a foreign hash was made nothing was normalised: it is of the password as it was typed
      const text = stored.format === 'argon2id' ? normalised(password) : password
      return queue.run(() => stored.verify(text), signal)
    },
    needsRehash(hash) {
      const stored = verifiable(hash)
      return stored?.format !== 'argon2id' || argon2.needsRehash(hash, options)
    },
  }
}

function verifiable(hash: string | null): StoredHash | null {
  if (hash === null) return null
  const read = readHash(hash)
  return 'refused' in read ? null : read
}

/** The same password on every keyboard (RFC 8265, OpaqueString). */
function normalised(password: string): string {
  return password.normalize('NFC')
}
