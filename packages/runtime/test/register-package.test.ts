import { BootError } from '@json-express/core'
import Fastify from 'fastify'
import t from 'tap'
import type { LoadedPackage } from '../src/discovery/load.js'
import { registerPackage } from '../src/register-package.js'

function register(provides: string[], plugin: LoadedPackage['plugin']) {
  const app = Fastify()
  app.decorate('settings', { section: () => ({}) } as never)
  const manifest = { kind: 'plugin' as const, api: 1, provides, requires: [], optional: [] }
  const pkg = { ...{ name: 'one', version: '1.0.0', dir: '/one', packageJson: {}, via: [] }, manifest, plugin }
  return registerPackage(app, { ...pkg, models: [], commands: [] })
}

t.test('a package brings what it says it provides', async (t) => {
  for (const [capability, decorator] of Object.entries({
    ...{ adapter: 'db', kv: 'kv', queue: 'queue', email: 'email' },
    ...{ authenticate: 'authenticate', ratelimit: 'rateLimiter' },
  })) {
    const decorate: LoadedPackage['plugin'] = async (app) => void app.decorate(decorator, {})
    const missing = {
      name: 'BootError',
      message: new RegExp(`^one says it provides ${capability}.* app\\.${decorator} `),
    }
    await t.rejects(
      register([capability], async () => {}),
      missing,
    )
    await t.rejects(register([capability], decorate), missing, 'encapsulated, so that nobody else has it')
    await t.resolves(register([capability], Object.assign(decorate, { [Symbol.for('skip-override')]: true })))
  }
  await t.resolves(
    register(['search'], async () => {}),
    'what packages name among themselves is theirs',
  )
})

t.test('what a package throws is told under its name', async (t) => {
  const cause = new TypeError('out of order')
  await t.rejects(
    register([], async () => Promise.reject(cause)),
    { message: 'one does not start: out of order', cause },
  )
  const said = new BootError('jex.one.url cannot be used')
  await t.rejects(
    register([], async () => Promise.reject(said)),
    said,
  )
})
