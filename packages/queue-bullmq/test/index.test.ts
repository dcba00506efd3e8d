import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { createHost, manifestRules } from '@json-express/testing'
import t from 'tap'
import { freePort } from '../../../test/harness/server.js'
import {
  startPretender,
  startRedis,
  startRedisCluster,
  startSentinel,
  startSilence,
  startTlsRedis,
} from '../../../test/harness/servers/redis-server.js'
import packageJson from '../package.json' with { type: 'json' }
import queueBullmq from '../src/index.js'

type Settings = Parameters<typeof queueBullmq>[1]

for (const rule of manifestRules) t.test(rule.name, () => rule.run(packageJson))

const settings = (url: string, more: Partial<Settings> = {}): Settings => ({ url, prefix: 'jex', ...more })

/** What an operator reads, and what the log holds, when the package is given these settings. */
async function boot(given: Settings): Promise<{ error: string; log: string }> {
  const lines: string[] = []
  const app = createHost({ server: { logger: { level: 'info', stream: { write: (line) => void lines.push(line) } } } })
  const error = await Promise.resolve(app.register(queueBullmq, given)).then(
    () => '',
    (error: Error) => `${error.name}: ${error.message}`,
  )
  await app.close()
  return { error, log: lines.join('') }
}

t.test('decorates app.queue and closes it with the server', async (t) => {
  const redis = await startRedis(t)
  const app = createHost()
  await app.register(queueBullmq, settings(redis.url, { prefix: 'mine' }))
  const { queue } = app
  const ran = new Promise((resolve) => {
    queue.registerWorker('mail', async ({ payload }) => resolve(payload))
  })
  await queue.enqueue('mail', 'send', 'hello')
  t.equal(await ran, 'hello')
  t.match(await redis.command('keys', '*'), /^mine:mail:/m)
  await app.close()
  await t.rejects(queue.enqueue('mail', 'send', null), { name: 'UnavailableError' })
})

t.test('one line that names the setting, what was tried and what to do, and no password', async (t) => {
  const silent = createServer().listen(0, '127.0.0.1')
  await once(silent, 'listening')
  t.teardown(() => silent.close())
  const redis = await startRedis(t, ['--requirepass', 'p@ss'])
  const { port } = silent.address() as AddressInfo
  const tries = [
    [`redis://127.0.0.1:${await freePort()}`, /nothing listens there/],
    ['redis://no-such-host.invalid:6379', /no such host/],
    [`redis://127.0.0.1:${port}`, /does not answer/],
    [redis.url, /wants a password/],
    [redis.url.replace('//', '//:wrong-one@'), /refuses the user or the password/],
  ] as const
  await Promise.all(
    tries.map(async ([url, says]) => {
      const { error, log } = await boot(settings(url))
      t.match(error, /^BootError: jex\.queue-bullmq\.url: cannot use Redis at [\w.-]+:\d+: .+$/, url)
      t.match(error, says, url)
      t.notMatch(error + log, /wrong-one|p@ss/)
    }),
  )
  t.equal((await boot(settings(redis.url.replace('//', '//:p%40ss@')))).error, '')
  const { error } = await boot(settings(redis.url, { options: '[' }))
  t.match(error, /^BootError: jex\.queue-bullmq\.options is not a JSON object/)
})

t.test('over TLS and through Sentinel, worker and all', async (t) => {
  const redis = await startTlsRedis(t)
  const sentinel = { host: '127.0.0.1', port: await startSentinel(t, redis.port) }
  const hanging = { host: '127.0.0.1', port: await startSilence(t) }
  const nowhere = `127.0.0.1:${await freePort()}`
  const through = (sentinels: unknown) => JSON.stringify({ sentinels, name: 'mymaster' })
  for (const given of [
    settings(redis.tlsUrl, { options: JSON.stringify({ tls: { ca: redis.ca } }) }),
    settings(`redis://${nowhere}`, { options: through([hanging, sentinel]) }),
  ]) {
    const app = createHost()
    await app.register(queueBullmq, given)
    const ran = new Promise((resolve) => {
      app.queue.registerWorker('mail', async ({ payload }) => resolve(payload))
    })
    await app.queue.enqueue('mail', 'send', 'hello')
    t.equal(await ran, 'hello')
    await app.close()
  }
  const { error } = await boot(settings(`rediss://${nowhere}`, { options: through([sentinel]) }))
  t.match(error, /^BootError: jex\.queue-bullmq\.options: cannot use Redis mymaster through .*rediss:\/\/ is for/)
})

t.test('a Redis that answers and cannot be used stops boot, and is not healthy', async (t) => {
  const [primary, cluster] = await Promise.all([startRedis(t), startRedisCluster(t)])
  const replica = await startRedis(t, ['--replicaof', '127.0.0.1', String(primary.port)])
  await primary.command('acl', 'setuser', 'reader', 'on', '>pw', '~jex:*', '+@read', '+ping', '+info')
  await primary.command('acl', 'setuser', 'mute', 'on', '>pw', '~jex:*', '+@all', '-info')
  const as = (user: string) => primary.url.replace('//', `//${user}:pw@`)
  const old = await startPretender(t, 'redis_version:5.0.14\r\nredis_mode:standalone\r\n')
  for (const [url, says] of [
    [replica.url, /a replica and only reads/],
    [cluster.url, /a node of a Redis Cluster: that is not supported/],
    [as('reader'), /its user lacks a right/],
    [as('mute'), /give it \+info/],
    [`redis://127.0.0.1:${old}`, /this Redis is 5\.0\.14, older than 6\.2\.0/],
    [`${primary.url}/abc`, /the number of a database/],
  ] as const) {
    const { error } = await boot(settings(url))
    t.match(error, /^BootError: jex\.queue-bullmq\.url: .+$/)
    t.match(error, says)
  }
  const { error } = await boot(settings(primary.url, { options: '{"keyPrefix":"x:"}' }))
  t.equal(error, 'BootError: jex.queue-bullmq.options: keyPrefix is set by jex.queue-bullmq.prefix')
  const app = createHost()
  t.teardown(() => app.close())
  await app.register(queueBullmq, settings(primary.url))
  await primary.command('config', 'set', 'maxmemory', '1')
  await t.rejects(app.queue.health(), { name: 'UnavailableError' })
  await primary.command('config', 'set', 'maxmemory', '0')
  await app.queue.health()
})

t.test('an answer that takes longer at boot than a request would wait', async (t) => {
  const redis = await startRedis(t)
  await redis.command('CLIENT', 'PAUSE', '2000', 'ALL')
  t.equal((await boot(settings(redis.url))).error, '')
})

t.test('warns when Redis may evict', async (t) => {
  const redis = await startRedis(t, ['--maxmemory-policy', 'allkeys-lru'])
  t.match((await boot(settings(redis.url))).log, /set its maxmemory-policy to noeviction/)
})
