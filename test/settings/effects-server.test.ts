import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { appFolder } from '../harness/app-folder.js'
import { quickApp } from '../harness/quick-app.js'
import { freePort, run, startServer } from '../harness/server.js'

const PRODUCTION = {
  NODE_ENV: 'production',
  JEX__PUBLIC_URL: 'https://api.example.com',
  JEX__AUTH__SECRET: '8Zb1yJq0W3oVtX5uEwG7kLm9NpQrStUvWxYz0123456',
}

const OPEN = `import { defineModel, types } from '@json-express/core'
export default defineModel({ fields: { text: types.string() }, access: { create: 'public' } })`

t.test('port, host and log.level', async (t) => {
  const port = String(await freePort())
  const env = { JEX__PORT: port, JEX__HOST: '127.0.0.1', JEX__LOG__LEVEL: 'debug' }
  const server = await startServer(t, appFolder(t), { env: { ...env, PORT: port } })
  t.match(server.output(), `http://127.0.0.1:${port}`)
  t.equal((await fetch(`http://127.0.0.1:${port}/health`)).status, 200)
  await server.printed(/incoming request/)
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
  const dependencies = { '@json-express/preset-identity': '*', '@json-express/adapter-memory': '*' }
  const dir = appFolder(t, { dependencies })
  const { printed, exited } = run(t, dir, { args: ['plugins'], env: { JEX__ADAPTER: '@json-express/adapter-sqlite' } })
  await printed(/adapter +@json-express\/adapter-sqlite \(jex\.adapter/)
  t.equal(await exited, 0)
})
