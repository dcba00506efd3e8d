import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { createHost, manifestRules } from '@json-express/testing'
import t, { type Test } from 'tap'
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
import kvRedis from '../src/index.js'

type Settings = Parameters<typeof kvRedis>[1]

for (const rule of manifestRules) t.test(rule.name, () => rule.run(packageJson))

const settings = (url: string, more: Partial<Settings> = {}): Settings => ({
  url,
  prefix: 'jex:',
  cluster: false,
  ...more,
})

/** What an operator reads, and what the log holds, when the package is given these settings. */
async function boot(given: Settings): Promise<{ error: string; log: string }> {
  const lines: string[] = []
  const app = createHost({ server: { logger: { level: 'info', stream: { write: (line) => void lines.push(line) } } } })
  const error = await Promise.resolve(app.register(kvRedis, given)).then(
    () => '',
    (error: Error) => `${error.name}: ${error.message}`,
  )
  await app.close()
  return { error, log: lines.join('') }
}

t.test('decorates app.kv and closes it with the server', async (t) => {
  const redis = await startRedis(t)
  const app = createHost()
  await app.register(kvRedis, settings(redis.url))
  await app.kv.set('key', 1)
  t.equal(await redis.command('get', 'jex:key'), '1')
  const { kv } = app
  await app.close()
  await t.rejects(kv.get('key'), { name: 'UnavailableError' })
  await kv.close()
})

t.test('with a password, a user and a database of its own', async (t) => {
  const redis = await startRedis(t, ['--requirepass', 'p@ss:word'])
  const at = (login: string) => settings(`redis://${login}127.0.0.1:${redis.port}/3`)
  t.equal((await boot(at(':p%40ss%3Aword@'))).error, '')
  for (const [login, says] of [
    ['', /wants a password/],
    [':wrong-one@', /refuses the user or the password/],
    ['nobody:p%40ss%3Aword@', /refuses the user or the password/],
  ] as const) {
    const { error, log } = await boot(at(login))
    t.match(error, /^BootError: jex\.kv-redis\.url: cannot use Redis at 127\.0\.0\.1:\d+: .+$/)
    t.match(error, says)
    t.notMatch(error + log, /wrong-one|p%40ss|p@ss/)
  }
})

t.test('one line that names the setting, what was tried and what to do', async (t) => {
  const silent = await listener(t, createTcpServer())
  const hangsUp = await listener(
    t,
    createTcpServer((socket) => void socket.destroy()),
  )
  const http = await listener(
    t,
    createServer((_request, response) => void response.end('hello')),
  )
  const plain = await startRedis(t)
  const tries = [
    [`redis://127.0.0.1:${await freePort()}`, /nothing listens there/],
    ['redis://no-such-host.invalid:6379', /no such host/],
    [`redis://127.0.0.1:${silent}`, /does not answer/],
    [`redis://127.0.0.1:${hangsUp}`, /closes the connection/],
    [`redis://127.0.0.1:${http}`, /is it Redis/],
    [`rediss://127.0.0.1:${plain.port}`, /rediss:\/\/ is for/],
  ] as const
  const attempt = async ([url, says]: (typeof tries)[number], cluster: boolean) => {
    const { error } = await boot(settings(url, { cluster }))
    t.match(error, /^BootError: jex\.kv-redis\.url: cannot use Redis at [\w.-]+:\d+: .+$/, url)
    if (!cluster) t.match(error, says, url)
  }
  await Promise.all(tries.flatMap((each) => [attempt(each, false), attempt(each, true)]))
})

t.test('an answer that takes longer at boot than a request would wait', async (t) => {
  const redis = await startRedis(t)
  await redis.command('CLIENT', 'PAUSE', '1000', 'ALL')
  t.equal((await boot(settings(redis.url))).error, '')
})

t.test('options of ioredis are JSON: Sentinel', async (t) => {
  const redis = await startRedis(t)
  const sentinel = await startSentinel(t, redis.port)
  const options = JSON.stringify({ sentinels: [{ host: '127.0.0.1', port: sentinel }], name: 'mymaster' })
  const nowhere = `redis://127.0.0.1:${await freePort()}`
  const app = createHost()
  await app.register(kvRedis, settings(nowhere, { options }))
  await app.kv.set('key', 1)
  t.equal(await redis.command('get', 'jex:key'), '1')
  await app.close()
  for (const bad of ['{', '[]', 'null', '"secret"']) {
    const { error } = await boot(settings(redis.url, { options: bad }))
    t.match(error, /^BootError: jex\.kv-redis\.options is not a JSON object/)
  }
})

t.test('over TLS, with a certificate that the options trust', async (t) => {
  const redis = await startTlsRedis(t)
  const options = JSON.stringify({ tls: { ca: redis.ca } })
  const app = createHost()
  await app.register(kvRedis, settings(redis.tlsUrl, { options }))
  await app.kv.set('key', 1)
  t.equal(await redis.command('get', 'jex:key'), '1')
  await app.close()
  t.match((await boot(settings(redis.tlsUrl))).error, /TLS fails/)
})

t.test('Sentinel: rediss:// means TLS there too, a sentinel that hangs is passed over, and it is named', async (t) => {
  const redis = await startRedis(t)
  const sentinel = { host: '127.0.0.1', port: await startSentinel(t, redis.port) }
  const hanging = { host: '127.0.0.1', port: await startSilence(t) }
  const nowhere = await freePort()
  const via = (scheme: string, sentinels: unknown, name: unknown = 'mymaster') =>
    boot(settings(`${scheme}://:secret-word@127.0.0.1:${nowhere}`, { options: JSON.stringify({ sentinels, name }) }))
  const secured = await via('rediss', [sentinel])
  t.match(
    secured.error,
    /^BootError: jex\.kv-redis\.options: cannot use Redis mymaster through the sentinels .*rediss:\/\/ is for/,
  )
  await redis.command('config', 'set', 'requirepass', 'secret-word')
  t.equal((await via('redis', [hanging, sentinel])).error, '')
  const gone = await via('redis', [{ host: '127.0.0.1', port: nowhere }])
  t.match(gone.error, new RegExp(`through the sentinels 127\\.0\\.0\\.1:${nowhere}: none of them can be reached`))
  t.match((await via('redis', [sentinel], 'other')).error, /no sentinel knows a master of that name/)
})

t.test('a Redis that answers and cannot be used stops boot, and is not healthy', async (t) => {
  const [primary, cluster] = await Promise.all([startRedis(t), startRedisCluster(t)])
  const replica = await startRedis(t, ['--replicaof', '127.0.0.1', String(primary.port)])
  await primary.command('acl', 'setuser', 'reader', 'on', '>pw', '~jex:*', '+@read', '+ping')
  await primary.command('acl', 'setuser', 'stranger', 'on', '>pw', '~foo:*', '+@all')
  const as = (user: string) => primary.url.replace('//', `//${user}:pw@`)
  const old = await startPretender(t, 'redis_version:5.0.14\r\nredis_mode:standalone\r\n')
  for (const [given, says] of [
    [settings(replica.url), /a replica and only reads/],
    [settings(cluster.url), /a node of a Redis Cluster: set jex\.kv-redis\.cluster=true/],
    [settings(primary.url, { cluster: true }), /no node of a Redis Cluster/],
    [settings(as('reader')), /its user lacks a right/],
    [settings(as('stranger')), /its user lacks a right/],
    [settings(`redis://127.0.0.1:${old}`), /this Redis is 5\.0\.14, older than 6\.2\.0/],
    [settings(`${primary.url}/abc`), /the number of a database/],
  ] as const) {
    const { error } = await boot(given)
    t.match(error, /^BootError: jex\.kv-redis\.url: .+$/)
    t.match(error, says)
  }
  const app = createHost()
  t.teardown(() => app.close())
  await app.register(kvRedis, settings(primary.url))
  await primary.command('config', 'set', 'maxmemory', '1')
  await t.rejects(app.kv.health(), { name: 'UnavailableError' })
  t.match((await boot(settings(primary.url))).error, /its memory is full/)
  await primary.command('config', 'set', 'maxmemory', '0')
  await app.kv.health()
})

t.test('a cluster is found through any of its nodes that is there', async (t) => {
  const redis = await startRedisCluster(t)
  const nodes = [{ host: '127.0.0.1', port: redis.port }]
  const nowhere = `redis://127.0.0.1:${await freePort()}`
  t.match((await boot(settings(nowhere, { cluster: true }))).error, /^BootError/)
  const given = settings(nowhere, { cluster: true, options: JSON.stringify({ nodes }) })
  t.equal((await boot(given)).error, '')
})

t.test('warns once when Redis may evict, and tells when it is lost and back', async (t) => {
  const redis = await startRedis(t, ['--maxmemory-policy', 'allkeys-lru'])
  const lines: string[] = []
  const write = (line: string) => void lines.push(line)
  const app = createHost({ server: { logger: { level: 'info', stream: { write } } } })
  t.teardown(() => app.close())
  await app.register(kvRedis, settings(redis.url))
  t.match(lines.join(''), /set its maxmemory-policy to noeviction/)
  await redis.end('SIGKILL')
  for (let call = 0; call < 20; call++) await t.rejects(app.kv.get('key'))
  await redis.start()
  while (
    !(await app.kv.health().then(
      () => true,
      () => false,
    ))
  )
    await pause(20)
  t.equal(lines.filter((line) => line.includes('Redis is lost')).length, 1)
  t.equal(lines.filter((line) => line.includes('Redis is back')).length, 1)
})

async function listener(t: Test, server: ReturnType<typeof createTcpServer>): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  return (server.address() as AddressInfo).port
}
