import { createApp } from '../app.js'
import { exitOnSignals, installShutdown } from '../shutdown.js'

/** Boots the app of a folder and works its queues, without listening, until a signal. Throws `BootError` when that cannot be. */
export async function work(dir: string): Promise<void> {
  const booted = exitOnSignals()
  const app = await createApp({ dir, purpose: 'worker' })
  installShutdown(app)
  booted()
  app.log.info('working the queues; a signal ends it')
}
