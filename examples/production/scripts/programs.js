import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const DEBIAN_POSTGRES = '/usr/lib/postgresql'

/** The paths of the server programs, from the PATH or where Debian puts them. Throws an error that says what to install. */
export function findPrograms() {
  const redis = onPath('redis-server')
  const initdb = onPath('initdb') ?? newestDebian('initdb')
  const postgres = onPath('postgres') ?? newestDebian('postgres')
  if (redis && initdb && postgres) return { redis, initdb, postgres }
  const missing = [!redis && 'redis-server', !(initdb && postgres) && 'postgresql'].filter(Boolean)
  throw new Error(
    `${missing.join(' and ')} not found. On Debian: apt-get install ${missing.join(' ')}; on macOS: brew install redis postgresql`,
  )
}

/** PostgreSQL refuses to run as root: there, it runs as the user that its package made. */
export function postgresUser() {
  if (process.getuid?.() !== 0) return {}
  const id = (flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

function onPath(name) {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .map((dir) => join(dir, name))
    .find(existsSync)
}

function newestDebian(name) {
  if (!existsSync(DEBIAN_POSTGRES)) return undefined
  const versions = readdirSync(DEBIAN_POSTGRES).sort((a, b) => Number(b) - Number(a))
  return versions.map((version) => join(DEBIAN_POSTGRES, version, 'bin', name)).find(existsSync)
}
