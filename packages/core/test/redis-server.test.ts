import t from 'tap'
import { checkRedisServer } from '../src/index.js'

const demands = { setting: 'jex.x.url', insteadOfCluster: 'take another' }
const info = (more: Record<string, string> = {}) =>
  Object.entries({ redis_version: '7.2.4', redis_mode: 'standalone', role: 'master', ...more })
    .map((pair) => pair.join(':'))
    .join('\r\n')

t.test('a server of use, and one that may evict', async (t) => {
  t.equal(checkRedisServer(info(), demands), null)
  t.equal(checkRedisServer('', demands), null, 'one that tells nothing')
  t.equal(checkRedisServer(info({ maxmemory_policy: 'noeviction' }), demands), null)
  t.equal(checkRedisServer(info({ maxmemory_policy: 'allkeys-lru' }), demands), 'allkeys-lru')
  t.equal(checkRedisServer(info({ redis_mode: 'cluster', role: 'slave' }), { setting: 'jex.x.url' }), null)
})

t.test('one of no use is named with what to do', async (t) => {
  for (const [more, message] of [
    [{ redis_version: '6.0.20' }, 'jex.x.url: this Redis is 6.0.20, older than 6.2.0: update it, or name another'],
    [{ redis_mode: 'cluster' }, 'jex.x.url: this Redis is a node of a Redis Cluster: take another'],
    [{ role: 'slave' }, 'jex.x.url: this Redis is a replica and only reads: name the primary, or its sentinels'],
  ] as const) {
    t.throws(() => checkRedisServer(info(more), demands), { name: 'BootError', message })
  }
})
