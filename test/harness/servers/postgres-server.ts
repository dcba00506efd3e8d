import { execFileSync } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import pg from 'pg'
import { freePort } from '../server.js'
import { type ServerProcess, serverProcess, type Teardown } from './server-process.js'

export interface PostgresServer extends ServerProcess {
  port: number
  /** Where it keeps its tables and its log of changes. */
  dir: string
  /** A new, empty database, by its URL. */
  database(): Promise<string>
  /** Runs SQL as the superuser, in the given database or in `postgres`. */
  query(sql: string, url?: string): Promise<Record<string, unknown>[]>
}

const ROLE = 'jex'
// Text of people sorts by their language here, so that whatever needs code points has to ask for them.
const CLUSTER = ['--encoding=UTF8', '--locale=C.UTF-8', '--locale-provider=icu', '--icu-locale=en-US']

/** A PostgreSQL of the test's own, in a folder of its own. */
export async function startPostgres(
  t: Teardown,
  settings: Record<string, string> = {},
  below: string = tmpdir(),
): Promise<PostgresServer> {
  const bin = binaries()
  const dir = mkdtempSync(join(below, 'jex-postgres-'))
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  const user = unprivileged()
  if (user.uid !== undefined) chownSync(dir, user.uid, user.gid ?? user.uid)
  const data = join(dir, 'data')
  const cluster = ['-D', data, '-U', ROLE, '--auth=trust', '--no-sync', ...CLUSTER]
  execFileSync(join(bin, 'initdb'), cluster, { ...user, stdio: ['ignore', 'ignore', 'pipe'], cwd: dir })
  const port = await freePort()
  const all = { fsync: 'off', listen_addresses: '127.0.0.1', unix_socket_directories: dir, ...settings }
  const server = serverProcess(t, {
    command: join(bin, 'postgres'),
    args: ['-D', data, '-p', String(port), ...Object.entries(all).flatMap(([key, value]) => ['-c', `${key}=${value}`])],
    ready: /ready to accept connections/,
    ...user,
  })
  await server.start()
  const url = (name: string) => `postgres://${ROLE}@127.0.0.1:${port}/${name}`
  const query = async (sql: string, at = url('postgres')) => {
    const client = new pg.Client(at)
    await client.connect()
    try {
      return (await client.query(sql)).rows
    } finally {
      await client.end()
    }
  }
  let databases = 0
  return Object.assign(server, {
    port,
    dir,
    query,
    database: async () => {
      databases++
      await query(`CREATE DATABASE jex_${databases}`)
      return url(`jex_${databases}`)
    },
  })
}

/** The folder of the newest installed server programs: on the PATH, or where Debian puts them. */
function binaries(): string {
  const onPath = (process.env.PATH ?? '').split(delimiter).find((dir) => existsSync(join(dir, 'initdb')))
  if (onPath !== undefined) return onPath
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian)
    ? readdirSync(debian)
        .map(Number)
        .sort((a, b) => b - a)
    : []
  if (versions[0] === undefined) throw new Error('PostgreSQL is missing: apt-get install postgresql')
  return join(debian, String(versions[0]), 'bin')
}

/** PostgreSQL refuses to run as root: there, as the user that its package made. */
function unprivileged(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {}
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}
