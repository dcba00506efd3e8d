import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

export interface Teardown {
  teardown(fn: () => unknown): void
}

export interface ServerCommand {
  command: string
  args: readonly string[]
  /** What it prints once it takes connections. */
  ready: RegExp
  /** Whom it runs as; some servers refuse to be root. */
  uid?: number
  gid?: number
}

/** A server that a test may end, freeze and start again, on the same port and with the same folder. */
export interface ServerProcess {
  /** Starts it and resolves once it takes connections; with `more` arguments for this time only. */
  start(more?: readonly string[]): Promise<void>
  /** Sends the signal and resolves once the process is gone. */
  end(signal?: NodeJS.Signals): Promise<void>
  /** Stops it from running at all: connections stay open and nothing is answered. */
  pause(): void
  resume(): void
  /** Everything printed since the last start. */
  output(): string
  readonly pid: number
}

const READY_MS = 60_000

/** A process of the test's own, killed after it if it is still there. */
export function serverProcess(t: Teardown, { command, args, ready, uid, gid }: ServerCommand): ServerProcess {
  let child: ChildProcess | undefined
  let exited: Promise<unknown> = Promise.resolve()
  let output = ''
  const server: ServerProcess = {
    async start(more = []) {
      output = ''
      child = spawn(command, [...args, ...more], { uid, gid, stdio: ['ignore', 'pipe', 'pipe'] })
      const started = child
      exited = once(started, 'close')
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`${command} did not get ready:\n${output}`)), READY_MS)
        const done = (end: () => void) => {
          clearTimeout(timer)
          end()
        }
        const collect = (chunk: Buffer) => {
          output += chunk.toString('utf8')
          if (ready.test(output)) done(resolve)
        }
        started.stdout?.on('data', collect)
        started.stderr?.on('data', collect)
        started.once('error', (error) => done(() => reject(error)))
        started.once('close', () => done(() => reject(new Error(`${command} ended:\n${output}`))))
      })
    },
    async end(signal = 'SIGTERM') {
      child?.kill('SIGCONT')
      child?.kill(signal)
      await exited
    },
    pause: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
    output: () => output,
    get pid() {
      return child?.pid ?? 0
    },
  }
  t.teardown(() => server.end('SIGKILL'))
  return server
}
