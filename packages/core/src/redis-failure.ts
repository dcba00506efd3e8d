import type { RedisTarget } from './redis-target.js'

const REMEDIES: readonly (readonly [pattern: RegExp, says: string])[] = [
  [
    /No such master|sentinels are unreachable(?!.*Last error)/,
    'no sentinel knows a master of that name: correct "name"',
  ],
  [/sentinels are unreachable.*closed/, 'none of them can be reached: start one, or correct "sentinels"'],
  [/NOPERM.*\binfo\b/i, 'its user may not run INFO, which tells the version: give it +info'],
  [/NOPERM/, 'its user lacks a right: give it the commands, and the keys below the prefix'],
  [/READONLY/, 'it is a replica and only reads: name the primary, or its sentinels'],
  [/\bOOM\b/, 'its memory is full: give it more, or remove what is not needed'],
  [/MISCONF/, 'it cannot save, and takes no writes until it can: look at its disk'],
  [/MOVED|CLUSTERDOWN/, 'it is a node of a Redis Cluster, and not all of that is there or wanted'],
  [/cluster support disabled/, 'it is no node of a Redis Cluster: leave the setting cluster out'],
  [/ECONNREFUSED/, 'nothing listens there: start Redis, or correct the setting'],
  [/ENOTFOUND|EAI_AGAIN/, 'there is no such host: correct the setting'],
  [/WRONGPASS|invalid password|invalid username/, 'it refuses the user or the password: correct them in the setting'],
  [/NOAUTH/, 'it wants a password: put it into the setting, redis://:password@host:port'],
  [/LOADING/, 'it is still loading its data: wait until it has, and start again'],
  [
    /CERT|SSL|TLS|EPROTO/,
    'TLS fails: rediss:// is for a server that speaks it, with a certificate this machine trusts',
  ],
  [/ECONNRESET|EPIPE|closed/, 'it closes the connection: is it Redis, and does it want TLS (rediss://)?'],
  [/ETIMEDOUT|timed out/, 'it does not answer: is it Redis (rediss:// is for one with TLS), is a firewall between?'],
]

/**
 * Why a Redis cannot be used, one line for the operator that names the setting, what was tried (without user and
 * password), what came of it, and what to do. For every package that talks to Redis.
 */
export function explainRedisFailure(
  { setting, where }: Pick<RedisTarget, 'setting' | 'where'>,
  error: unknown,
): string {
  const { message, code } = (errorOfNode(error) ?? {}) as { message?: string; code?: string }
  const said = [code, message].filter(Boolean).join(' ')
  const [, remedy] = REMEDIES.find(([pattern]) => pattern.test(said)) ?? []
  return `${setting}: cannot use Redis ${where}: ${remedy ?? `${said}: is it Redis?`} (${said})`
}

/** A cluster says only that all of its nodes failed. */
function errorOfNode(error: unknown): unknown {
  return (error as { lastNodeError?: unknown } | undefined)?.lastNodeError ?? error
}
