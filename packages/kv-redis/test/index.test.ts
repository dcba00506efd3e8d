import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { createHost, manifestRules } from '@json-express/testing'
import t, { type Test } from 'tap'
import { freePort } from '../../../test/harness/server.js'
import { startRedis, startSentinel } from '../../../test/harness/servers/redis-server.js'
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
