import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export interface ServerProcess<T> {
  /** What the server said when it was ready. */
  ready: T
  /** CPU time it has used since its start, in microseconds. */
  cpu(): Promise<number>
  /** The most memory it has had in use, in MiB (resident set). */
  memory(): Promise<number>
  stop(): Promise<void>
}

/** Starts a server of `servers/` in a process of its own, so that its CPU time is its own. */
export async function startServerProcess<T>(name: string, ...args: string[]): Promise<ServerProcess<T>> {
  const child = fork(fileURLToPath(new URL(`./servers/${name}.js`, import.meta.url)), args, {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const exited = once(child, 'exit').then(([code]) => {
    throw new Error(`${name} ended with ${code}`)
  })
  exited.catch(() => undefined) // only matters while somebody waits for an answer
  const ready = await Promise.race([message<T>(child, 'ready'), exited])
  return {
    ready,
    cpu: () => ask(child, 'cpu'),
    memory: () => ask(child, 'memory'),
    stop: async () => {
      child.kill('SIGTERM')
      await exited.catch(() => undefined)
    },
  }
}

/** For the server's side: says that it is ready and answers questions about its CPU time and memory. */
export function serve(ready: unknown): void {
  process.on('message', (kind) => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
    process.send?.({ kind, value: kind === 'cpu' ? userCPUTime + systemCPUTime : maxRSS / 1024 })
  })
  process.on('SIGTERM', () => process.exit(0))
  process.send?.({ kind: 'ready', value: ready })
}

function ask(child: ChildProcess, what: string): Promise<number> {
  child.send(what)
  return message<number>(child, what)
}

function message<T>(child: ChildProcess, kind: string): Promise<T> {
  return new Promise((resolve) => {
    const listen = (incoming: { kind: string; value: T }) => {
      if (incoming.kind !== kind) return
      child.off('message', listen)
      resolve(incoming.value)
    }
    child.on('message', listen)
  })
}
