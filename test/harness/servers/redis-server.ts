import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from '../server.js'
import { type ServerProcess, serverProcess, type Teardown } from './server-process.js'

const run = promisify(execFile)

export interface RedisServer extends ServerProcess {
  url: string
  port: number
  /** Where it keeps its append-only file. */
  dir: string
  /** One command through `redis-cli`, its answer as text. */
  command(...args: string[]): Promise<string>
}

/** A Redis of the test's own, as operators are told to run it: an append-only file, and nothing evicted. */
export async function startRedis(
  t: Teardown,
  settings: readonly string[] = [],
  below: string = tmpdir(),
): Promise<RedisServer> {
  const dir = folder(t, below)
  const port = await freePort()
  const where = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir]
  const keeping = ['--save', '', '--appendonly', 'yes', '--maxmemory-policy', 'noeviction']
  const server = serverProcess(t, {
    command: 'redis-server',
    args: [...where, ...keeping, ...settings],
    ready: /Ready to accept connections/,
  })
  await server.start()
  return Object.assign(server, {
    url: `redis://127.0.0.1:${port}`,
    port,
    dir,
    command: async (...args: string[]) => {
      const { stdout } = await run('redis-cli', ['-h', '127.0.0.1', '-p', String(port), ...args])
      return stdout.trim()
    },
  })
}

/** A Sentinel that watches the Redis on this port under the name `mymaster`. Resolves to its own port. */
export async function startSentinel(t: Teardown, master: number): Promise<number> {
  const file = join(folder(t), 'sentinel.conf')
  const port = await freePort()
  writeFileSync(file, `port ${port}\nbind 127.0.0.1\nsentinel monitor mymaster 127.0.0.1 ${master} 1\n`)
  await serverProcess(t, { command: 'redis-server', args: [file, '--sentinel'], ready: /\+monitor master/ }).start()
  return port
}

function folder(t: Teardown, below: string = tmpdir()): string {
  const dir = mkdtempSync(join(below, 'jex-redis-'))
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}
