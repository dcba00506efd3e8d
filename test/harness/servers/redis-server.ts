import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
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

/** The files of a certificate for `localhost` and 127.0.0.1, which signs itself. */
const CERTIFICATE = fileURLToPath(new URL('certificate/', import.meta.url))

/** A Redis that speaks TLS on a port of its own, beside the plain one. Clients have to trust `ca`. */
export async function startTlsRedis(t: Teardown): Promise<RedisServer & { tlsUrl: string; ca: string }> {
  const port = await freePort()
  const redis = await startRedis(t, [
    ...['--tls-port', String(port), '--tls-auth-clients', 'no'],
    ...['--tls-cert-file', join(CERTIFICATE, 'cert.pem'), '--tls-key-file', join(CERTIFICATE, 'key.pem')],
    ...['--tls-ca-cert-file', join(CERTIFICATE, 'cert.pem')],
  ])
  const ca = readFileSync(join(CERTIFICATE, 'cert.pem'), 'utf8')
  return Object.assign(redis, { tlsUrl: `rediss://localhost:${port}`, ca })
}

/** A Redis that is a whole cluster by itself, and tells clients so. */
export async function startRedisCluster(t: Teardown): Promise<RedisServer> {
  const redis = await startRedis(t, ['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1'])
  await redis.command('cluster', 'addslotsrange', '0', '16383')
  for (let state = ''; !state.includes('cluster_state:ok'); ) state = await redis.command('cluster', 'info')
  return redis
}

/** Takes connections and says nothing, like a server that hangs. Resolves to its port. */
export async function startSilence(t: Teardown): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => void sockets.add(socket.on('error', () => undefined))).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

/** Answers INFO with this text and everything else with OK. Resolves to its port. */
export async function startPretender(t: Teardown, info: string): Promise<number> {
  const answer = (command: string) => {
    if (command === 'info') return `$${info.length}\r\n${info}\r\n`
    return command === 'hello' ? "-ERR unknown command 'hello'\r\n" : '+OK\r\n'
  }
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (data) => {
      for (const [, command = ''] of data.toString().matchAll(/\*\d+\r\n\$\d+\r\n(\w+)/g))
        socket.write(answer(command.toLowerCase()))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => void server.close())
  return (server.address() as AddressInfo).port
}

/** A Sentinel that watches the Redis on this port under the name `mymaster`. Resolves to its own port. */
export async function startSentinel(t: Teardown, master: number): Promise<number> {
  const file = join(folder(t), 'sentinel.conf')
  const port = await freePort()
  const watch = [`monitor mymaster 127.0.0.1 ${master} 1`, 'down-after-milliseconds mymaster 1000']
  writeFileSync(file, [`port ${port}`, 'bind 127.0.0.1', ...watch.map((line) => `sentinel ${line}`), ''].join('\n'))
  await serverProcess(t, { command: 'redis-server', args: [file, '--sentinel'], ready: /\+monitor master/ }).start()
  return port
}

function folder(t: Teardown, below: string = tmpdir()): string {
  const dir = mkdtempSync(join(below, 'jex-redis-'))
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}
