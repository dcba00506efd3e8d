import { BootError } from '@json-express/core'
import pg from 'pg'
import type { Connections } from './connections.js'
import { COLUMNS_TABLE } from './existing-table.js'
import { codeOf } from './postgres-failure.js'

const OLDEST = 13
/** How long to look again for a server that does not answer in time. */
const PATIENCE_MS = 7000

/**
 * Connects once and looks whether this server will do. Throws `BootError` with one line that names the setting, the
 * database and the remedy, never the password.
 */
export async function checkServer(
  connect: () => Connections,
  url: string,
  connectTimeoutMs: number,
): Promise<Connections> {
  const { where, user } = describe(url)
  const end = performance.now() + PATIENCE_MS
  let connections: Connections | undefined
  try {
    connections = connect()
    const problem = await patiently(connections, user, end)
    if (problem === undefined) return connections
    throw new BootError(`jex.adapter-postgres.url: ${where} ${problem}`)
  } catch (cause) {
    await connections?.close()
    if (cause instanceof BootError) throw cause
    const why = explain(cause instanceof Error && cause.cause ? cause.cause : cause, user, connectTimeoutMs)
    throw new BootError(`jex.adapter-postgres.url: ${where} ${why}`, { cause })
  }
}

/**
 * Looks again where there was no answer in time: a machine that is still busy loading the app may be too slow for a
 * connection, and a server that is not there is refused at once, as a rule.
 */
async function patiently(connections: Connections, user: string, end: number): Promise<string | undefined> {
  for (;;) {
    try {
      return await findProblem(connections, user)
    } catch (error) {
      if (codeOf(error) !== '' || !isLate(error) || performance.now() > end) throw error
    }
  }
}

/** An @ behind the host, where none may be as it is: the password holds a special character. */
const LATE_AT = /^[^/]*\/\/[^/?#]*[/?#].*@/s
/** Other drivers have them; pg would say nothing, and use the schema of the user. */
const SCHEMA = /[?&](schema|search_path|currentSchema)=/

/** The database in words, without what is secret. */
function describe(url: string): { where: string; user: string } {
  const expected = 'write postgres://user:password@host:5432/name, with special characters as %XX'
  // Half of the password may be taken for a host or a name then, which are shown.
  if (LATE_AT.test(url)) throw new BootError(`jex.adapter-postgres.url cannot be used, ${expected}`)
  const [, schema] = SCHEMA.exec(url) ?? []
  if (schema !== undefined) {
    throw new BootError(
      `jex.adapter-postgres.url: ${schema} is no parameter of PostgreSQL: write options=-c%20search_path%3D<schema>`,
    )
  }
  try {
    const { host, port, database, user } = new pg.Client({ connectionString: url })
    return { where: `${host}:${port}/${database ?? ''}`, user: user ?? '' }
  } catch (cause) {
    // An unreadable URL is not shown, since a password may be in it; a certificate that is not there may be.
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT' ? `: ${cause.message}` : ''
    throw new BootError(`jex.adapter-postgres.url cannot be used${missing || `, ${expected}`}`, { cause })
  }
}

const FACTS = `
  SELECT current_setting('server_version_num')::int, current_setting('server_version'), current_setting('server_encoding'),
    current_setting('transaction_read_only'), current_schema(),
    coalesce(has_schema_privilege(current_schema(), 'CREATE'), false), to_regclass($1) IS NOT NULL`

async function findProblem(connections: Connections, user: string): Promise<string | undefined> {
  const { rows } = await connections.use(({ execute }) => execute({ sql: FACTS, parameters: [COLUMNS_TABLE] }))
  const [number, version, encoding, readOnly, schema, mayCreate, isOurs] = rows[0] ?? []
  if (Number(number) < OLDEST * 10_000) return `is PostgreSQL ${version}, this needs ${OLDEST} or newer: upgrade it`
  if (encoding !== 'UTF8') {
    return `keeps text as ${encoding}, which does not hold all of it: make a database WITH ENCODING 'UTF8' TEMPLATE template0`
  }
  if (readOnly === 'on') return 'is read-only, perhaps a standby: name the primary server'
  if (schema === null) return `has no schema that ${user} may use: GRANT USAGE, CREATE ON SCHEMA public TO "${user}"`
  // With tables made by somebody else beforehand, there may be nothing to create.
  if (mayCreate === true || isOurs === true) return undefined
  return `does not let ${user} create tables: GRANT USAGE, CREATE ON SCHEMA "${schema}" TO "${user}", or make it the owner`
}

const REMEDIES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refuses connections: start PostgreSQL there, or correct host and port',
  ENOTFOUND: 'is not to be found: correct the name of the host',
  EAI_AGAIN: 'is not to be found: correct the name of the host, or look after the name server',
  ENOENT: 'has no such socket: start PostgreSQL there, or correct the path',
  '53300': 'has no free connection: raise max_connections there, or lower jex.adapter-postgres.maxConnections',
  '57P03': 'is starting up or shutting down: try again in a moment',
}
const TLS = new Set(['DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'])
  .add('UNABLE_TO_VERIFY_LEAF_SIGNATURE')
  .add('ERR_TLS_CERT_ALTNAME_INVALID')
  .add('CERT_HAS_EXPIRED')

function explain(error: unknown, user: string, connectTimeoutMs: number): string {
  const code = codeOf(error) || networkCode(error)
  const remedy = REMEDIES[code]
  if (remedy !== undefined) return remedy
  const message = error instanceof Error ? error.message : String(error)
  if (code === '3D000') return 'does not exist: CREATE DATABASE, or correct its name'
  if (code === '28P01') return `does not take this password of ${user}: correct it, special characters as %XX`
  if (code === '28000') {
    return `does not let ${user} in: correct the name, allow it in pg_hba.conf, or add ?sslmode=verify-full where TLS is demanded`
  }
  if (TLS.has(code)) {
    return `has a certificate that cannot be trusted (${code}): add its authority as &sslrootcert=<file>, or correct the host`
  }
  // The words of pg, which has no codes for these.
  if (/does not support SSL/.test(message)) return 'speaks no TLS: turn it on there, or remove sslmode'
  if (/SASL|password/i.test(message)) return `wants a password for ${user}: put it into the URL`
  if (isLate(error)) {
    return `does not answer within ${connectTimeoutMs} ms: correct host and port, open the firewall, or raise jex.adapter-postgres.connectTimeout`
  }
  return `cannot be used (${message}): correct the URL`
}

/** The words of pg, which has no codes for these, or the network's. */
function isLate(error: unknown): boolean {
  const all = [error, error instanceof Error && error.cause]
  return all.some((one) => one instanceof Error && (networkCode(one) === 'ETIMEDOUT' || /timeout/i.test(one.message)))
}

/** Where a name has several addresses, each has failed on its own. */
function networkCode(error: unknown): string {
  const first = error instanceof AggregateError ? error.errors[0] : error
  return first instanceof Error && 'code' in first ? String(first.code) : ''
}
