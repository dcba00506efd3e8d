import type { Manifest } from '@json-express/core'
import t from 'tap'
import { chooseSlots } from '../../src/discovery/slots.js'
import type { FoundPackage } from '../../src/discovery/walk.js'

const found = (
  name: string,
  manifest: Pick<Manifest, 'kind'> & Partial<Manifest>,
  via: string[] = [],
): FoundPackage => ({
  ...{ name, version: '1.0.0', dir: `/${name}`, packageJson: {}, via },
  manifest: { api: 1, provides: [], requires: [], optional: [], ...manifest },
})
const auth = (name: string) => found(name, { kind: 'middleware', provides: ['authenticate'] })
const db = found('db', { kind: 'adapter', provides: ['adapter'] })

t.test('everything missing is in one message, each with what to install and who needs it', async (t) => {
  const needy = found('needy', { kind: 'plugin', requires: ['adapter', 'kv', 'authenticate', 'ratelimit', 'search'] })
  t.throws(() => chooseSlots([needy], {}), {
    name: 'BootError',
    message: [
      'Nothing provides adapter, which The server and needy need: npm install @json-express/adapter-sqlite',
      'Nothing provides kv, which needy needs: npm install @json-express/kv-memory',
      'Nothing provides authenticate, which needy needs: npm install @json-express/middleware-auth',
      'Nothing provides ratelimit, which needy needs: npm install @json-express/middleware-ratelimit',
      'Nothing provides search, which needy needs: install a package that provides it',
    ].join('\n'),
  })
})

t.test('two packages that provide one thing for all stop boot', async (t) => {
  t.throws(() => chooseSlots([db, auth('one'), auth('two')], {}), {
    name: 'BootError',
    message: 'one and two all provide authenticate: keep one of them',
  })
})

t.test('sections are compared as settings are read, with those of the server too', async (t) => {
  const of = (name: string, section: string) => found(name, { kind: 'plugin', section })
  const store = (name: string, section: string) => found(name, { kind: 'kv', provides: ['kv'], section })
  for (const section of ['log', 'cors', 'security', 'worker', 'port', 'kv', 'publicurl', 'trust-proxy', 'body-limit']) {
    const message = `@json-express/runtime and x both claim the settings jex.${section}.*: remove x`
    t.throws(() => chooseSlots([db, of('x', section)], {}), { name: 'BootError', message })
  }
  t.throws(() => chooseSlots([db, store('near', 'near'), store('x', 'log')], { kv: 'near' }), {
    message: /x both claim/,
  })
  t.throws(() => chooseSlots([db, of('one', 'my-store'), of('two', 'mystore')], {}), {
    message: 'one and two both claim the settings jex.mystore.*: remove one of them',
  })
  t.doesNotThrow(() => chooseSlots([db, store('near', 'a-store'), store('far', 'astore')], { kv: 'near' }))
})

t.test('a setting that names no package for its slot is told what to write', async (t) => {
  const near = found('near', { kind: 'kv', provides: ['kv'] })
  for (const [kv, says] of [
    ['', 'jex.kv is empty: write jex.kv=near, or remove it'],
    ['db', 'jex.kv=db names a package of kind adapter, not kv: write jex.kv=near, or remove it'],
    [
      'gone',
      /^jex\.kv=gone names a package that is not installed for this slot: npm install gone, or write jex\.kv=near/,
    ],
  ] as const) {
    t.throws(() => chooseSlots([db, near], { kv }), { name: 'BootError', message: says })
  }
  t.throws(() => chooseSlots([db], { kv: '' }), { message: 'jex.kv is empty: remove it' })
})

t.test('presets and packages that were not chosen are not loaded', async (t) => {
  const near = found('near', { kind: 'kv', provides: ['kv'] })
  const far = found('far', { kind: 'kv', provides: ['kv'], requires: ['search'] }, ['bundle'])
  const { chosen, idle } = chooseSlots([found('bundle', { kind: 'preset' }), db, near, far], {})
  t.same(
    chosen.map(({ name }) => name),
    ['db', 'near'],
  )
  t.same(idle, [far], 'and what it requires is not missing')
})

t.test('who knows callers comes before everything else that may have routes', async (t) => {
  const order = (...packages: FoundPackage[]) => chooseSlots([...packages, db], {}).chosen.map(({ name }) => name)
  const early = found('early', { kind: 'middleware' })
  const plugin = found('plugin', { kind: 'plugin' })
  t.same(order(plugin, early, auth('auth')), ['db', 'auth', 'early', 'plugin'])
  const needy = found('auth', { kind: 'middleware', provides: ['authenticate'], requires: ['vault'] })
  const vault = found('vault', { kind: 'plugin', provides: ['vault'] })
  t.same(order(plugin, early, needy, vault), ['db', 'early', 'plugin', 'vault', 'auth'], 'after what it needs')
  const plain = found('auth', { kind: 'plugin', provides: ['authenticate'] })
  t.same(order(plugin, early, plain), ['db', 'early', 'plugin', 'auth'])
})
