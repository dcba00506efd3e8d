import { createHook } from 'node:async_hooks'

export interface HashWorkers {
  /** How many hashes argon2 has really computed or is computing since the start. */
  started: number
  /** The most of them that were under way at once. */
  most: number
  stop(): void
}

/** Watches the native work of argon2, so that a test sees hashes and not what our own code says about them. */
export function watchHashWorkers(): HashWorkers {
  const running = new Set<number>()
  const hook = createHook({
    init(id, type) {
      if (type !== 'argon2:HashWorker') return
      running.add(id)
      workers.started++
      workers.most = Math.max(workers.most, running.size)
    },
    before: (id) => void running.delete(id), // its result is handed over
  }).enable()
  const workers: HashWorkers = { started: 0, most: 0, stop: () => void hook.disable() }
  return workers
}
