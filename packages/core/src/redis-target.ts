import { BootError } from './errors.js'

/** One server, as ioredis names it. */
export interface RedisAddress {
  host: string
  port: number
  db: number
  username?: string
  password?: string
  family?: number
  tls?: object
  /** Without it ioredis asks the sentinels and then goes on in clear text, whatever the URL says. */
  enableTLSForSentinelMode: boolean
}

export interface RedisTarget<O extends object = object> {
  /** The setting that an operator has to look at. */
  setting: string
  /** What is tried, in words and without user and password. */
  where: string
  /** For ioredis, in place of the URL: a URL may say any option, as text, and would have the last word. */
  options: O & RedisAddress
}

interface Node {
  host: string
  port?: number
}

const DEFAULT_PORT = 6379
const DEFAULT_SENTINEL_PORT = 26379

/**
 * Where Redis is, of the settings `<section>.url` and `<section>.options`. Throws `BootError` with one line that names the
 * setting and shows nothing of the URL, since that may hold a password.
 */
export function readRedisTarget<O extends object>(section: string, url: string, options: O): RedisTarget<O> {
  const { sentinels, nodes, name, keyPrefix, db, tls } = options as Record<string, unknown>
  if (keyPrefix !== undefined) throw new BootError(`${section}.options: keyPrefix is set by ${section}.prefix`)
  for (const [key, list] of Object.entries({ sentinels, nodes })) {
    if (list === undefined || isNodes(list)) continue
    throw new BootError(`${section}.options: "${key}" is a list like [{"host":"a","port":${DEFAULT_SENTINEL_PORT}}]`)
  }
  if (sentinels !== undefined && (typeof name !== 'string' || name === '')) {
    throw new BootError(`${section}.options: "sentinels" needs the "name" of the master that they watch`)
  }
  if (db !== undefined && !(Number.isSafeInteger(db) && Number(db) >= 0)) {
    throw new BootError(`${section}.options: "db" is the number of a database`)
  }
  const said = readUrl(section, url)
  if (said.host === undefined && sentinels === undefined) throw unreadable(section)
  const secured = url.startsWith('rediss:') ? tls || {} : tls
  const { host = 'localhost', port = DEFAULT_PORT, ...login } = said
  return {
    options: {
      ...options,
      ...{ host, port, ...login, db: login.db ?? Number(db ?? 0) },
      ...(secured ? { tls: secured } : {}),
      enableTLSForSentinelMode: Boolean(secured),
    },
    ...(sentinels !== undefined
      ? {
          setting: `${section}.options`,
          where: `${name} through the sentinels ${listed(sentinels as Node[], DEFAULT_SENTINEL_PORT)}`,
        }
      : {
          setting: `${section}.url`,
          where: `at ${listed([{ host, port }, ...((nodes ?? []) as Node[])], DEFAULT_PORT)}`,
        }),
  }
}

type Said = Partial<Pick<RedisAddress, 'host' | 'port' | 'db' | 'username' | 'password' | 'family'>>

function readUrl(section: string, text: string): Said {
  const { hostname, port, pathname, username, password, searchParams, hash } = parse(section, text)
  const database = /^\/?(\d{0,9})$/.exec(pathname)
  if (database === null) {
    throw new BootError(`${section}.url: what stands behind the host is the number of a database: redis://host:6379/0`)
  }
  if (hash !== '') throw unreadable(section)
  for (const name of searchParams.keys()) {
    if (name !== 'family')
      throw new BootError(`${section}.url: takes no ?${name}: options belong in ${section}.options`)
  }
  const family = searchParams.get('family')
  if (family !== null && !['0', '4', '6'].includes(family)) throw new BootError(`${section}.url: family is 4 or 6`)
  const login = decoded(section, { username, password })
  return {
    ...(hostname && { host: hostname.replace(/^\[|\]$/g, '') }),
    ...(port && { port: Number(port) }),
    ...(database[1] && { db: Number(database[1]) }),
    ...(login.username && { username: login.username }),
    ...(login.password && { password: login.password }),
    ...(family !== null && { family: Number(family) }),
  }
}

function parse(section: string, text: string): URL {
  try {
    return new URL(text)
  } catch {
    throw unreadable(section) // without the cause: it would quote the password
  }
}

function decoded<T extends Record<string, string>>(section: string, texts: T): T {
  try {
    return Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, decodeURIComponent(text)])) as T
  } catch {
    throw unreadable(section)
  }
}

function unreadable(section: string): BootError {
  return new BootError(
    `${section}.url cannot be used: write redis://user:password@host:6379/0, with special characters as %XX`,
  )
}

function isNodes(list: unknown): boolean {
  if (!Array.isArray(list) || list.length === 0) return false
  return list.every((node: Partial<Node> | null) => {
    if (typeof node?.host !== 'string' || node.host === '') return false
    return node.port === undefined || (Number.isInteger(node.port) && node.port > 0 && node.port < 65_536)
  })
}

function listed(nodes: readonly Node[], defaultPort: number): string {
  return nodes.map(({ host, port = defaultPort }) => `${host}:${port}`).join(', ')
}
