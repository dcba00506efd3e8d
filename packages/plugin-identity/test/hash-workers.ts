import { createHook } from 'node:async_hooks'

/** What libuv's threads are asked for under these names; napi-rs, below bcrypt, gives its work none. */
const HASHES = ['argon2:HashWorker', 'SCRYPTREQUEST', 'PBKDF2REQUEST', 'undefined']

export interface HashWorkers {
  /** How many hashes have really been computed or are being computed since the start. */
  started: number
  /** The most of them that were under way at once. */
  most: number
  stop(): void
}

/** Watches the native work of hashing, so that a test sees hashes and not what our own code says about them. */
export function watchHashWorkers(): HashWorkers {
  const running = new Set<number>()
  const hook = createHook({
    init(id, type) {
      if (!HASHES.includes(type)) return
      running.add(id)
      workers.started++
      workers.most = Math.max(workers.most, running.size)
    },
    before: (id) => void running.delete(id), // its result is handed over
  }).enable()
  const workers: HashWorkers = { started: 0, most: 0, stop: () => void hook.disable() }
  return workers
}
