import { constants } from 'node:os'
import type { FastifyInstance } from 'fastify'

const DEADLINE_MS = 10_000
/** npm and npx pass Ctrl-C on to a child that the terminal has told already: that is one key press, not two. */
const ECHO_MS = 500

const SIGNALS = ['SIGTERM', 'SIGINT'] as const

/**
 * While an app boots there is nothing to close, and a signal ends the process at once. Said in so many words, because
 * process 1 of a container ignores signals that have no handler. Returns what ends this: to be called after
 * `installShutdown`, since Node drops a signal that waits to be delivered when its last listener goes.
 */
export function exitOnSignals(): () => void {
  const exit = (signal: NodeJS.Signals) => process.exit(128 + constants.signals[signal])
  for (const signal of SIGNALS) process.on(signal, exit)
  return () => {
    for (const signal of SIGNALS) process.off(signal, exit)
  }
}

/**
 * Ends the process well on SIGTERM and SIGINT: takes no new connections, finishes requests and jobs in flight, closes
 * everything, exits 0. After ten seconds open connections are cut; a second signal exits 1 at once. Returns whether that has begun.
 */
export function installShutdown(app: FastifyInstance, exit: (code: number) => void = process.exit): () => boolean {
  let closingSince: number | null = null
  const shutdown = async (signal: NodeJS.Signals) => {
    if (closingSince !== null) {
      if (performance.now() - closingSince < ECHO_MS) return
      app.log.warn({ signal }, 'forced to stop')
      exit(1)
      return
    }
    closingSince = performance.now()
    app.log.info({ signal }, 'stopping: finishing what is in flight')
    const deadline = setTimeout(() => {
      app.log.warn('still busy after 10 s, cutting open connections')
      app.server.closeAllConnections()
      setTimeout(() => exit(1), 1000).unref()
    }, DEADLINE_MS)
    try {
      await app.close()
      clearTimeout(deadline)
      exit(0)
    } catch (err) {
      app.log.error({ err }, 'did not stop cleanly')
      exit(1)
    }
  }
  for (const signal of SIGNALS) process.on(signal, shutdown)
  return () => closingSince !== null
}

/** Tells clients of kept-alive connections to go, so that closing does not wait for them to time out. */
export function installConnectionClose(app: FastifyInstance): void {
  let closing = false
  app.addHook('preClose', async () => {
    closing = true
  })
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (closing) reply.header('connection', 'close')
    done(null, payload)
  })
}
