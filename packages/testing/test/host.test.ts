import { authSettingsSchema, readAuthSettings } from '@json-express/core'
import t from 'tap'
import { createHost } from '../src/index.js'

t.test('a host has settings, and requests that nobody signed', async (t) => {
  const app = createHost({ settings: { port: 4000 } })
  t.teardown(() => app.close())
  app.get('/', (request) => ({ user: request.user, port: app.settings.get('port') }))
  t.strictSame((await app.inject('/')).json(), { user: null, port: 4000 })
})

t.test('a plugin reads its settings as it would from the runtime', async (t) => {
  const app = createHost({ schemas: { auth: authSettingsSchema }, settings: { auth: { secret: 's'.repeat(32) } } })
  t.teardown(() => app.close())
  await app.register(async (instance) => {
    const auth = readAuthSettings(instance.settings)
    t.match(auth, { secret: 's'.repeat(32), tokenTtl: 900_000, publicUrl: 'http://localhost:3000' })
  })
  t.plan(1)
})

t.test('options of Fastify go through', async (t) => {
  const app = createHost({ server: { bodyLimit: 1234 } })
  t.teardown(() => app.close())
  t.equal(app.initialConfig.bodyLimit, 1234)
})
