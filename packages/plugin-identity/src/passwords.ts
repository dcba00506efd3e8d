import { randomBytes } from 'node:crypto'
import { availableParallelism } from 'node:os'
import type { AuthSettings } from '@json-express/core'
import argon2 from 'argon2'
import PQueue from 'p-queue'
import { identityErrors } from './errors.js'

/** libuv's thread pool unless told otherwise. argon2 leaves two threads of it to files and DNS. */
const THREAD_POOL = 4
/** What one hash takes with the default parameters, on the slow side of today's servers. */
const TYPICAL_MS = 22
const TYPICAL_WORK = 19_456 * 2
const QUEUE_MS = 2000
const MAX_BYTES = 1024

export interface Passwords {
  /** Throws `WEAK_PASSWORD` unless the text may become a password. Nothing is cut or trimmed (ASVS 6.2). */
  assertAcceptable(password: string): void
  /** An argon2id hash in PHC form. Throws 503 when too many wait. */
  hash(password: string): Promise<string>
  /**
   * Whether the password belongs to the hash. Costs one real hash in every case: without a hash, with one that is not
   * ours, with a password that can be none. Throws 503 when too many wait.
   */
  verify(hash: string | null, password: string): Promise<boolean>
}

/**
 * argon2id (RFC 9106) with the configured parameters, a bounded number at once and a bounded number waiting, so that a
 * login storm leaves the thread pool, the memory and the other routes alone.
 */
export function createPasswords({
  hash: parameters,
  password: policy,
}: Pick<AuthSettings, 'hash' | 'password'>): Passwords {
  const options = {
    type: argon2.argon2id,
    memoryCost: parameters.memoryKiB,
    timeCost: parameters.iterations,
    parallelism: parameters.parallelism,
    hashLength: 32,
    version: 0x13,
  } as const
  const concurrency = parameters.concurrency ?? Math.max(1, Math.min(availableParallelism(), THREAD_POOL - 2))
  const costMs = (TYPICAL_MS * parameters.memoryKiB * parameters.iterations) / TYPICAL_WORK
  const maxQueue = parameters.maxQueue ?? Math.ceil((QUEUE_MS / costMs) * concurrency)
  const queue = new PQueue({ concurrency })
  const queued = <T>(work: () => Promise<T>): Promise<T> => {
    if (queue.pending >= concurrency && queue.size >= maxQueue) throw new identityErrors.Busy()
    return queue.add(work)
  }
  const dummy = argon2.hash(randomBytes(32), options)
  dummy.catch(() => undefined) // awaited, and its failure reported, where it is used

  return {
    assertAcceptable(password) {
      const text = password.normalize('NFC') // what is hashed
      const length = [...text].length
      if (length < policy.minLength) throw weak(`A password has at least ${policy.minLength} characters`)
      if (length > policy.maxLength) throw weak(`A password has at most ${policy.maxLength} characters`)
      if (Buffer.byteLength(text) > MAX_BYTES) throw weak(`A password has at most ${MAX_BYTES} bytes of UTF-8`)
      if (!isText(password)) throw weak('A password is made of whole characters, without NUL')
    },
    hash: async (password) => queued(() => argon2.hash(password.normalize('NFC'), options)),
    async verify(hash, password) {
      const usable = hash !== null && isSupportedHash(hash) && isText(password)
      const target = usable ? hash : await dummy
      const matches = await queued(() => argon2.verify(target, password.normalize('NFC')))
      return usable && matches
    },
  }
}

const PHC = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d)\$[A-Za-z0-9+/]{11,88}\$[A-Za-z0-9+/]{22,172}$/

/** Whether the text is an argon2id hash that can be computed without harm: at most 1 GiB, 10 passes, 8 lanes. */
export function isSupportedHash(hash: string): boolean {
  const [, memoryKiB, iterations, lanes] = PHC.exec(hash)?.map(Number) ?? []
  return (
    memoryKiB !== undefined &&
    iterations !== undefined &&
    lanes !== undefined &&
    within(lanes, 1, 8) &&
    within(iterations, 1, 10) &&
    within(memoryKiB, 8 * lanes, 1_048_576) // RFC 9106 section 3.1: at least 8 KiB a lane
  )
}

function within(value: number, minimum: number, maximum: number): boolean {
  return value >= minimum && value <= maximum
}

/** Half a surrogate pair would hash like U+FFFD, and NUL ends a string in too many places. */
function isText(password: string): boolean {
  return password.isWellFormed() && !password.includes('\u0000')
}

function weak(message: string): Error {
  return new identityErrors.WeakPassword(message)
}
