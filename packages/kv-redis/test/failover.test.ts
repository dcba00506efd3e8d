import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { startRedis, startSentinel } from '../../../test/harness/servers/redis-server.js'
import { connectRedis, createRedisKvStore } from '../src/index.js'

const LIMIT_MS = 60_000

t.test('the primary dies: its replica takes over, and what was kept is there', async (t) => {
  const primary = await startRedis(t)
  const replica = await startRedis(t, ['--replicaof', '127.0.0.1', String(primary.port)])
  while (!(await replica.command('info', 'replication')).includes('master_link_status:up')) await pause(50)
  const sentinel = { host: '127.0.0.1', port: await startSentinel(t, primary.port) }
  const options = { sentinels: [sentinel], name: 'mymaster' }
  const kv = createRedisKvStore({ client: await connectRedis({ url: 'redis://localhost', options }) })
  t.teardown(() => kv.close())
  await kv.set('kept', 'by both')
  t.equal(await primary.command('wait', '1', '10000'), '1')

  await primary.end('SIGKILL')
  const failures = new Set<unknown>()
  const deadline = performance.now() + LIMIT_MS
  const written = () =>
    kv.set('written', 'afterwards').then(
      () => true,
      (error) => error.name,
    )
  let last = await written()
  while (last !== true && performance.now() < deadline) {
    failures.add(last)
    await pause(50)
    last = await written()
  }
  t.equal(last, true)
  t.strictSame([...failures], ['UnavailableError'], 'meanwhile it is an outage, and nothing is absent')
  t.equal(await kv.get('kept'), 'by both')
  t.equal(await kv.get('written'), 'afterwards')
  t.match(await replica.command('info', 'replication'), /role:master/)
})
