import { BootError } from '@json-express/core'
import { createApp } from '../app.js'
import { withRealPort } from '../settings/real-port.js'
import { exitOnSignals, installShutdown } from '../shutdown.js'

/** Boots the app of a folder and listens. Throws `BootError` when that cannot be. */
export async function start(dir: string): Promise<void> {
  const booted = exitOnSignals()
  const app = await createApp({ dir, env: await withRealPort(dir) })
  const stopping = installShutdown(app)
  booted()
  const port = Number(app.settings.get('port'))
  const host = String(app.settings.get('host'))
  try {
    await app.listen({ port, host, listenTextResolver: (address) => `JSONExpress is listening at ${address}` })
  } catch (error) {
    if (stopping()) return // a signal was faster, and ends the process
    await app.close()
    throw listenProblem(error as NodeJS.ErrnoException, port, host)
  }
}

function listenProblem(error: NodeJS.ErrnoException, port: number, host: string): unknown {
  const another = `Take another with jex.port=${port + 1} in .env, or PORT=${port + 1} in the environment`
  switch (error.code) {
    case 'EADDRINUSE':
      return new BootError(`Port ${port} on ${host} is in use. ${another}`, { cause: error })
    case 'EACCES':
      return new BootError(`Port ${port} needs more rights than this process has. ${another}`, { cause: error })
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new BootError(`jex.host=${host} is not an address of this machine. Use 127.0.0.1 or 0.0.0.0`, {
        cause: error,
      })
    default:
      return error
  }
}
