import { createApp } from '@json-express/runtime'
import t from 'tap'
import { appFolder, PRESET } from '../harness/app-folder.js'
import { quickApp } from '../harness/quick-app.js'

const ROUTES = {
  ruled: "app.get('/metrics', { config: { access: 'admin' } }, async () => ({ secret: 1 }))",
  plain: "app.get('/metrics', async () => ({ secret: 1 }))",
  open: "app.get('/metrics', { config: { auth: false } }, async () => ({ open: 1 }))",
}
const QUEUE = "app.decorate('queue', { registerWorker() {}, async enqueue() {}, async health() {} })"

/** An app with one more package, whose plugin does `work` with `app`. */
function folder(kind: string, work: string, { manifest = {}, encapsulated = false } = {}) {
  const skip = "plugin[Symbol.for('skip-override')] = true"
  return appFolder(t, {
    dependencies: { 'a-first': '*', ...PRESET },
    files: {
      'node_modules/a-first/package.json': {
        ...{ name: 'a-first', version: '1.0.0', type: 'module', exports: './index.js' },
        jsonExpress: { kind, api: 1, provides: [], requires: [], optional: [], ...manifest },
      },
      'node_modules/a-first/index.js': `export default async function plugin(app) { ${work} }\n${encapsulated ? '' : skip}`,
    },
  })
}
const env = { JEX__LOG__LEVEL: 'silent', JEX__ADAPTER_SQLITE__FILE: ':memory:', JEX__RATELIMIT__ENABLED: 'false' }
const slot = { provides: ['queue'] }
const use = { env: { JEX__QUEUE: 'a-first' } }

for (const encapsulated of [false, true]) {
  const how = encapsulated ? 'in a scope of its own' : 'at the root'
  t.test(`a middleware's routes are held, ${how}`, async (t) => {
    for (const [name, status] of [
      ['ruled', 401],
      ['plain', 401],
      ['open', 200],
    ] as const) {
      const { call } = await quickApp(t, {}, { dir: folder('middleware', ROUTES[name], { encapsulated }) })
      t.equal((await call('GET', '/metrics')).status, status, name)
      t.equal((await call('GET', '/health')).status, 200)
      t.equal((await call('GET', '/ready')).status, 200)
    }
  })

  t.test(`a route that nobody can hold stops boot, ${how}`, async (t) => {
    for (const name of ['ruled', 'plain'] as const) {
      const dir = folder('queue', ROUTES[name], { manifest: slot, encapsulated })
      await t.rejects(createApp({ dir, env: { ...env, ...use.env } }), {
        name: 'BootError',
        message:
          /^a-first registers the route (GET|HEAD) \/metrics before @json-express\/middleware-auth, .*"authenticate" into "optional".*auth: false/,
      })
    }
  })
}

t.test('a route that comes late, in a scope that was opened early, stops boot as well', async (t) => {
  const work = `await app.register(async (scope) => { scope.addHook('onReady', async () => { ${ROUTES.ruled.replace('app', 'scope')} }) })`
  const dir = folder('queue', `${QUEUE}; ${work}`, { manifest: slot })
  await t.rejects(createApp({ dir, env: { ...env, ...use.env } }), {
    name: 'BootError',
    message: /^a-first registers the route (GET|HEAD) \/metrics before @json-express\/middleware-auth/,
  })
})

t.test('a package that names authenticate comes after it, and then its routes are held', async (t) => {
  const dir = folder('queue', `${ROUTES.ruled}; ${QUEUE}`, { manifest: { ...slot, optional: ['authenticate'] } })
  const { call } = await quickApp(t, use.env, { dir })
  t.match(await call('GET', '/metrics'), { status: 401, body: { error: { code: 'MISSING_TOKEN' } } })
})
