import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { bare } from './bare.js'

/** The command of the workspace. */
export const CLI = fileURLToPath(new URL('../../packages/runtime/dist/cli/main.js', import.meta.url))
const READY_MS = 120_000

export interface RunningServer {
  url: string
  port: number
  child: ChildProcess
  /** Everything printed so far, both streams. */
  output(): string
  /** Resolves with the match once the output has one. */
  printed(pattern: RegExp): Promise<RegExpExecArray>
  /** Sends the signal and resolves to the exit code, or to the signal's name. */
  stop(signal?: NodeJS.Signals): Promise<number | string>
  exited: Promise<number | string>
}

export interface RunOptions {
  args?: string[]
  env?: Record<string, string>
  /** A command other than the workspace's own. */
  command?: [string, ...string[]]
  /** The leader of a process group of its own, as a terminal runs a command. */
  group?: boolean
}

interface Teardown {
  teardown(fn: () => unknown): void
}

/** Runs `json-express` in the folder as a process of its own, killed after the test if it is still there. */
export function run(
  t: Teardown,
  dir: string,
  { args = [], env = {}, command, group = false }: RunOptions = {},
): Omit<RunningServer, 'url' | 'port'> {
  const [program, ...first] = command ?? [process.execPath, CLI]
  const { PORT, NODE_ENV, ...inherited } = process.env
  const child = spawn(...bare(program, [...first, ...args]), {
    cwd: dir,
    env: { ...inherited, ...env },
    detached: group,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const listeners = new Set<() => void>()
  const collect = (chunk: Buffer) => {
    output += chunk.toString('utf8')
    for (const listener of listeners) listener()
  }
  child.stdout?.on('data', collect)
  child.stderr?.on('data', collect)
  const exited = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string)
  t.teardown(async () => {
    if (group) endGroup(child.pid ?? 0)
    else child.kill('SIGKILL')
    await exited
  })
  return {
    child,
    exited,
    output: () => output,
    printed: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(output)
          if (match === null) return
          listeners.delete(look)
          clearTimeout(timer)
          resolve(match)
        }
        const timer = setTimeout(() => reject(new Error(`${pattern} was not printed:\n${output}`)), READY_MS)
        void exited.then(() => {
          look()
          clearTimeout(timer)
          reject(new Error(`ended without printing ${pattern}:\n${output}`))
        })
        listeners.add(look)
        look()
      }),
    stop: (signal = 'SIGTERM') => {
      child.kill(signal)
      return exited
    },
  }
}

/** Lets what the group has started itself be ended by it. */
function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGTERM')
  } catch {
    // nobody is left in it
  }
}

/** Like `run`, and resolves once the server listens. */
export async function startServer(t: Teardown, dir: string, options: RunOptions = {}): Promise<RunningServer> {
  const port = Number(options.env?.PORT ?? (await freePort()))
  const server = run(t, dir, { ...options, env: { PORT: String(port), ...options.env } })
  await server.printed(/listening/i)
  return { ...server, port, url: `http://127.0.0.1:${port}` }
}

/** A port that nothing listened on a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}
