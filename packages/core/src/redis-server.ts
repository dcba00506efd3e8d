import { BootError } from './errors.js'

/** The oldest that has what is asked of it: GETDEL, and what BullMQ's scripts need. */
const OLDEST = '6.2.0'

export interface RedisDemands {
  /** The setting that led there. */
  setting: string
  /** What to do about a node of a Redis Cluster; left out where that is wanted. */
  insteadOfCluster?: string
}

/**
 * Whether a server is of use, from its answer to INFO; what it does not tell is not held against it. Throws `BootError` for
 * one that is too old, only reads, or is part of a cluster. Returns its `maxmemory-policy` if it may evict, else `null`.
 */
export function checkRedisServer(info: string, { setting, insteadOfCluster }: RedisDemands): string | null {
  const told = (field: string) => new RegExp(`^${field}:([\\w.-]+)`, 'm').exec(info)?.[1]
  const version = told('redis_version')
  if (version !== undefined && version.localeCompare(OLDEST, 'en', { numeric: true }) < 0) {
    throw new BootError(`${setting}: this Redis is ${version}, older than ${OLDEST}: update it, or name another`)
  }
  if (insteadOfCluster !== undefined && told('redis_mode') === 'cluster') {
    throw new BootError(`${setting}: this Redis is a node of a Redis Cluster: ${insteadOfCluster}`)
  }
  if (insteadOfCluster !== undefined && told('role') === 'slave') {
    throw new BootError(`${setting}: this Redis is a replica and only reads: name the primary, or its sentinels`)
  }
  const policy = told('maxmemory_policy')
  return policy === undefined || policy === 'noeviction' ? null : policy
}
