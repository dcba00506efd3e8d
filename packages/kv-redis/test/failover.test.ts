import t from 'tap'
import { eventually } from '../../../test/harness/eventually.js'
import { startRedis, startSentinel } from '../../../test/harness/servers/redis-server.js'
import { connectRedis, createRedisKvStore } from '../src/index.js'

t.test('the primary dies: its replica takes over, and what was kept is there', async (t) => {
  const primary = await startRedis(t)
  const replica = await startRedis(t, ['--replicaof', '127.0.0.1', String(primary.port)])
  const replication = () => replica.command('info', 'replication')
  await eventually('a replica', replication, (info) => info.includes('master_link_status:up'))
  const sentinel = { host: '127.0.0.1', port: await startSentinel(t, primary.port) }
  const options = { sentinels: [sentinel], name: 'mymaster' }
  const kv = createRedisKvStore({ client: await connectRedis({ url: 'redis://localhost', options }) })
  t.teardown(() => kv.close())
  await kv.set('kept', 'by both')
  t.equal(await primary.command('wait', '1', '10000'), '1')

  await primary.end('SIGKILL')
  const failures = new Set<unknown>()
  const write = () =>
    kv.set('written', 'afterwards').catch((error) => {
      failures.add(error.name)
      throw error
    })
  await eventually('a new primary', write, () => true)
  t.strictSame([...failures], ['UnavailableError'], 'meanwhile it is an outage, and nothing is absent')
  t.equal(await kv.get('kept'), 'by both')
  t.equal(await kv.get('written'), 'afterwards')
  t.match(await replication(), /role:master/)
})
