import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { appFolder } from '../harness/app-folder.js'
import { client } from '../harness/client.js'
import { freePort, run } from '../harness/server.js'
import { noSmallDisk, readOnly } from '../harness/small-disk.js'
import { adminOf, PRODUCTION, provision, startStack } from './stack.js'

const NEEDED = [
  'auth.secret',
  'publicUrl',
  'adapter-postgres.url',
  'kv-redis.url',
  'queue-bullmq.url',
  'email-smtp.url',
]

t.test('a production preset without settings says all it needs at once', async (t) => {
  const dir = appFolder(t, { dependencies: PRODUCTION })
  const server = run(t, dir, { env: { NODE_ENV: 'production' } })
  t.equal(await server.exited, 1)
  for (const key of NEEDED) t.match(server.output(), new RegExp(`^ {2}- .*jex\\.${key}`, 'm'))
})

t.test('what cannot be reached, or is something else, is one line, exit 1', async (t) => {
  const stack = await startStack(t)
  const silent = createServer().listen(0, '127.0.0.1')
  await once(silent, 'listening')
  t.teardown(() => silent.close())
  const nowhere = `127.0.0.1:${await freePort()}`
  const mute = `127.0.0.1:${(silent.address() as { port: number }).port}`
  const cases: [setting: string, variable: string, value: string][] = [
    ['adapter-postgres.url', 'JEX__ADAPTER_POSTGRES__URL', `postgres://jex:hidden@${nowhere}/app`],
    ['adapter-postgres.url', 'JEX__ADAPTER_POSTGRES__URL', `postgres://jex:hidden@${mute}/app`],
    ['adapter-postgres.url', 'JEX__ADAPTER_POSTGRES__URL', `${stack.database}_not_there`],
    ['kv-redis.url', 'JEX__KV_REDIS__URL', `redis://:hidden@${nowhere}`],
    ['kv-redis.url', 'JEX__KV_REDIS__URL', `redis://:hidden@${mute}`],
    ['kv-redis.url', 'JEX__KV_REDIS__URL', `redis://127.0.0.1:${stack.smtp.port}`],
    ['queue-bullmq.url', 'JEX__QUEUE_BULLMQ__URL', `redis://:hidden@${nowhere}`],
    ['queue-bullmq.url', 'JEX__QUEUE_BULLMQ__URL', `redis://:hidden@${mute}`],
  ]
  for (const args of [[], ['worker'], ['users', 'list']]) {
    for (const [setting, variable, value] of args.length === 0 ? cases : cases.slice(0, 1)) {
      const server = run(t, stack.dir, { args, env: { ...stack.env, [variable]: value } })
      t.equal(await server.exited, 1, `${args.join(' ')} ${value}`)
      const said = server
        .output()
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('{'))
      t.equal(said.length, 1, server.output())
      t.match(said[0], new RegExp(`json-express cannot start: .*jex\\.${setting}`))
      t.match(said[0], new RegExp(new URL(value).host))
      t.notMatch(server.output(), /hidden/)
    }
  }
})

t.test('a mail server that is away is no reason not to start', async (t) => {
  const stack = await startStack(t)
  await stack.smtp.stop()
  const server = await stack.serve()
  t.match(await client(server.url)('GET', '/ready'), { status: 200, body: { checks: { email: 'failed' } } })
  t.match(server.output(), /mail server/i)
  await stack.smtp.start()
  t.equal(await server.stop(), 0)
})

t.test('nothing is written where the app is', { skip: noSmallDisk }, async (t) => {
  const stack = await startStack(t, { env: { JEX__WORKER: 'true' } })
  readOnly(t, stack.dir)
  t.throws(() => writeFileSync(join(stack.dir, 'x'), ''), { code: 'EROFS' })
  const server = await stack.serve()
  await provision(client(server.url), await adminOf(server), 'ann@example.com')
  t.match(await stack.linkTo('ann@example.com'), /./)
  t.notMatch(server.output(), /EROFS/)
  t.equal(await server.stop(), 0)
})
