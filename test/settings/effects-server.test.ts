import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { appFolder } from '../harness/app-folder.js'
import { quickApp } from '../harness/quick-app.js'
import { freePort, run } from '../harness/server.js'

const PRODUCTION = {
  NODE_ENV: 'production',
  JEX__PUBLIC_URL: 'https://api.example.com',
  JEX__AUTH__SECRET: '8Zb1yJq0W3oVtX5uEwG7kLm9NpQrStUvWxYz0123456',
}

const OPEN = `import { defineModel, types } from '@json-express/core'
export default defineModel({ fields: { text: types.string() }, access: { create: 'public' } })`

t.test('port, host and log.level', async (t) => {
  const port = String(await freePort())
  const env = { JEX__PORT: port, JEX__HOST: '127.0.0.2', JEX__LOG__LEVEL: 'debug' }
  const server = run(t, appFolder(t), { env: { ...env, PORT: String(await freePort()) } })
  await server.printed(/listening/)
  t.match(server.output(), `http://127.0.0.2:${port}`, 'PORT is the lesser one')
  t.equal((await fetch(`http://127.0.0.2:${port}/health`)).status, 200)
  await t.rejects(fetch(`http://127.0.0.1:${port}/health`), 'no other address of this machine')
  await server.printed(/incoming request/)
})

t.test('host: an address that is not one of this machine stops boot', async (t) => {
  for (const host of ['192.0.2.1', 'nowhere.invalid']) {
    const { exited, output } = run(t, appFolder(t), { env: { JEX__HOST: host, PORT: String(await freePort()) } })
    t.equal(await exited, 1, host)
    t.match(output(), `jex.host=${host} is not an address of this machine. Use 127.0.0.1 or 0.0.0.0`)
    t.notMatch(output(), /^\s+at .*:\d+:\d+/m)
  }
})

t.test('port 0 is any, and links name the one it came to be', async (t) => {
  const server = run(t, appFolder(t), { env: { PORT: '0', JEX__LOG__LEVEL: 'info' } })
  const [, port] = await server.printed(/listening at http:\/\/127\.0\.0\.1:(\d+)/)
  const url = `http://127.0.0.1:${port}`
  const body = JSON.stringify({ email: 'ann@example.com', password: 'correct horse battery' })
  await fetch(`${url}/auth/register`, { method: 'POST', body, headers: { 'content-type': 'application/json' } })
  await server.printed(new RegExp(`http://localhost:${port}/auth/verify#token=`))
})

t.test('the log says what was found, through what, and what is idle', async (t) => {
  const dependencies = { '@json-express/preset-identity': '*', '@json-express/adapter-memory': '*' }
  const server = run(t, appFolder(t, { dependencies }), { env: { PORT: '0' } })
  await server.printed(/listening/)
  const through = 'through @json-express/preset-identity'
  for (const line of [
    'preset: @json-express/preset-identity (a dependency of the app)',
    'adapter: @json-express/adapter-memory (a dependency of the app, nearest to the app)',
    `kv: @json-express/kv-memory (${through})`,
    `middleware: @json-express/middleware-auth (${through})`,
    `plugin: @json-express/plugin-identity (${through})`,
    `idle: @json-express/adapter-sqlite (${through})`,
  ]) {
    t.match(server.output(), line)
  }
})

t.test('mode: production and whatever is neither development nor test obey the same rules', async (t) => {
  for (const mode of ['production', 'staging']) {
    const { printed, exited } = run(t, appFolder(t), { env: { JEX__MODE: mode } })
    await printed(/jex\.auth\.secret is missing/)
    t.equal(await exited, 1, mode)
  }
  const { app } = await quickApp(t, { ...PRODUCTION, JEX__EMAIL_CONSOLE__ALLOW_IN_PRODUCTION: 'true' })
  t.equal(app.settings.get('host'), '0.0.0.0')
  t.equal(app.settings.production, true)
})

t.test('email-console.allowInProduction', async (t) => {
  const { printed, exited } = run(t, appFolder(t), { env: PRODUCTION })
  await printed(/email-console prints mails with live links.*email-smtp/)
  t.equal(await exited, 1)
})

t.test('trustProxy: whose X-Forwarded-For is believed', async (t) => {
  for (const [env, address] of [
    [{}, '127.0.0.1'],
    [{ JEX__TRUST_PROXY: '127.0.0.1' }, '203.0.113.9'],
    [{ JEX__TRUST_PROXY: '10.0.0.0/8' }, '127.0.0.1'],
  ] as const) {
    const { register, post, call } = await quickApp(t, env)
    await register('ann@example.com')
    const credentials = { email: 'ann@example.com', password: 'correct horse battery' }
    const { body } = await post('/auth/login', credentials, undefined, { 'x-forwarded-for': '203.0.113.9' })
    const sessions = await call('GET', '/auth/sessions', undefined, body.accessToken)
    t.equal(sessions.body.at(-1).client.address, address, JSON.stringify(env))
  }
})

t.test('bodyLimit, and 16 KiB below /auth whatever it says', async (t) => {
  const { post } = await quickApp(t, { JEX__BODY_LIMIT: '2048' }, { files: { 'models/notes.ts': OPEN } })
  t.equal((await post('/notes', { text: 'x'.repeat(3000) })).status, 413)
  const large = await quickApp(t, { JEX__BODY_LIMIT: '1000000' })
  t.equal((await large.login('ann@example.com', 'x'.repeat(20_000))).status, 413)
})

t.test('cors.origin, cors.credentials and security.headers', async (t) => {
  const { call } = await quickApp(t, { JEX__CORS__ORIGIN: 'https://app.example.com', JEX__CORS__CREDENTIALS: 'true' })
  const { headers } = await call('GET', '/health', undefined, undefined, { origin: 'https://app.example.com' })
  t.match(headers, {
    'access-control-allow-origin': 'https://app.example.com',
    'access-control-allow-credentials': 'true',
    'x-content-type-options': 'nosniff',
  })
  const bare = await quickApp(t, { JEX__SECURITY__HEADERS: 'false' })
  const answer = await bare.call('GET', '/health', undefined, undefined, { origin: 'https://app.example.com' })
  t.notOk('access-control-allow-origin' in answer.headers || 'x-content-type-options' in answer.headers)
})

t.test('adapter-sqlite.file', async (t) => {
  const { dir } = await quickApp(t, { JEX__ADAPTER_SQLITE__FILE: 'store/mine.sqlite' })
  t.ok(existsSync(join(dir, 'store/mine.sqlite')))
})

t.test('adapter, kv, queue and email name the package of a slot', async (t) => {
  for (const [slot, near, far] of [
    ['adapter', 'adapter-memory', 'adapter-sqlite'],
    ['kv', 'kv-sqlite', 'kv-memory'],
    ['queue', 'queue-bullmq', 'queue-memory'],
    ['email', 'email-smtp', 'email-console'],
  ] as const) {
    const dependencies = { '@json-express/preset-identity': '*', [`@json-express/${near}`]: '*' }
    const dir = appFolder(t, { dependencies })
    for (const [env, chosen] of [
      [{}, near],
      [{ [`JEX__${slot.toUpperCase()}`]: `@json-express/${far}` }, far],
    ] as const) {
      const { printed, exited } = run(t, dir, { args: ['plugins'], env })
      await printed(new RegExp(`Chosen[\\s\\S]*\\b${slot} +@json-express/${chosen} \\(`))
      t.equal(await exited, 0)
    }
  }
})
