import { mkdirSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { BootError } from '@json-express/core'
import t from 'tap'
import { loadPackages } from '../../src/discovery/load.js'
import { chooseSlots } from '../../src/discovery/slots.js'
import { walk } from '../../src/discovery/walk.js'

const CORE = new URL('../../../core', import.meta.url).pathname

type Manifest = Record<string, unknown>

const pkg = (
  name: string,
  manifest: Manifest | null,
  dependencies: Record<string, string> = {},
  more: object = {},
) => ({
  'package.json': JSON.stringify({
    ...{ name, version: '1.2.3', type: 'module', dependencies, exports: './index.js', ...more },
    ...(manifest && { jsonExpress: { api: 1, provides: [], requires: [], optional: [], ...manifest } }),
  }),
  'index.js': 'export default async () => {}',
})
const kv = { kind: 'kv', provides: ['kv'] }
const adapter = { kind: 'adapter', provides: ['adapter'] }
const app = (dependencies: Record<string, string>, more: object = {}) =>
  JSON.stringify({ name: 'app', dependencies, ...more })

function messageOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (error instanceof BootError) return error.message
    throw error
  }
  return ''
}

t.test('finds what declares itself, through presets, never dev dependencies', async (t) => {
  const dir = t.testdir({
    'package.json': app(
      { preset: '*', lodash: '*' },
      { devDependencies: { 'dev-kv': '*' }, optionalDependencies: { gone: '*' } },
    ),
    node_modules: {
      lodash: pkg('lodash', null, { 'hidden-kv': '*' }),
      'hidden-kv': pkg('hidden-kv', kv),
      'dev-kv': pkg('dev-kv', kv),
      preset: {
        ...pkg('preset', { kind: 'preset' }, { 'a-kv': '*', 'an-adapter': '*' }),
        node_modules: { 'a-kv': pkg('a-kv', kv) },
      },
      'an-adapter': pkg('an-adapter', adapter, { preset: '*' }),
    },
  })
  const { found } = walk(dir)
  t.same(
    found.map(({ name, via }) => [name, via]),
    [
      ['preset', []],
      ['a-kv', ['preset']],
      ['an-adapter', ['preset']],
    ],
  )
})

t.test('follows symlinks like pnpm makes them', async (t) => {
  const dir = t.testdir({
    'package.json': app({ preset: '*' }),
    store: {
      preset: { node_modules: { preset: pkg('preset', { kind: 'preset' }, { 'a-kv': '*' }) } },
      kv: { node_modules: { 'a-kv': pkg('a-kv', kv) } },
    },
    node_modules: {},
  })
  symlinkSync(join(dir, 'store/preset/node_modules/preset'), join(dir, 'node_modules/preset'))
  symlinkSync(join(dir, 'store/kv/node_modules/a-kv'), join(dir, 'store/preset/node_modules/a-kv'))
  t.same(
    walk(dir).found.map(({ name }) => name),
    ['preset', 'a-kv'],
  )
})

t.test('what is missing or malformed stops, all of it at once', async (t) => {
  const dir = t.testdir({
    'package.json': app({ gone: '*', odd: '*', older: '*' }),
    node_modules: { odd: pkg('odd', { kind: 'cache' }), older: pkg('older', { kind: 'kv', provide: ['kv'] }) },
  })
  const message = messageOf(() => walk(dir))
  t.match(message, /gone is a dependency of the app but not installed: npm install/)
  t.match(message, /odd: the jsonExpress field/)
  t.match(message, /older: the jsonExpress field/)
})

const found = (name: string, manifest: Manifest, via: string[] = []) => ({
  ...{ name, version: '1.0.0', dir: `/${name}`, packageJson: {}, via },
  manifest: { api: 1, provides: [], requires: [], optional: [], ...manifest } as never,
})

t.test('the nearest wins, a setting decides, a tie stops', async (t) => {
  const near = found('near', kv)
  const far = found('far', kv, ['preset'])
  const base = found('db', adapter)
  t.equal(chooseSlots([base, near, far], {}).choices.find(({ slot }) => slot === 'kv')?.chosen.name, 'near')
  const preferred = chooseSlots([base, near, far], { kv: 'far' })
  t.equal(preferred.choices.find(({ slot }) => slot === 'kv')?.chosen.name, 'far')
  t.same(
    preferred.idle.map(({ name }) => name),
    ['near'],
  )
  t.match(
    messageOf(() => chooseSlots([base, near, found('other', kv)], {})),
    /near, other\. Choose one in \.env: jex\.kv=near or jex\.kv=other/,
  )
  t.match(
    messageOf(() => chooseSlots([base, near], { kv: 'nowhere' })),
    /jex\.kv=nowhere names a package that is not installed/,
  )
})

t.test('providers load before those who need or use them', async (t) => {
  const plugin = found('plugin', { kind: 'plugin', requires: ['authenticate', 'kv'], optional: ['email'] })
  const auth = found('auth', { kind: 'middleware', provides: ['authenticate'], requires: ['adapter'] })
  const all = [
    plugin,
    auth,
    found('mail', { kind: 'email', provides: ['email'] }),
    found('kv', kv),
    found('db', adapter),
  ]
  const order = chooseSlots(all, {}).chosen.map(({ name }) => name)
  t.ok(order.indexOf('db') < order.indexOf('auth'))
  for (const before of ['auth', 'kv', 'mail']) t.ok(order.indexOf(before) < order.indexOf('plugin'), before)
})

t.test('clashes and circles stop', async (t) => {
  const one = found('one', { kind: 'plugin', section: 'same' })
  const two = found('two', { kind: 'plugin', section: 'same' })
  t.match(
    messageOf(() => chooseSlots([found('db', adapter), one, two], {})),
    /one and two both claim the settings jex\.same/,
  )
  t.match(
    messageOf(() => chooseSlots([found('db', adapter), found('x', { kind: 'plugin', section: 'auth' })], {})),
    /core and x both claim/,
  )
  const a = found('a', { kind: 'plugin', provides: ['ca'], requires: ['cb'] })
  const b = found('b', { kind: 'plugin', provides: ['cb'], requires: ['ca'] })
  t.match(
    messageOf(() => chooseSlots([found('db', adapter), a, b], {})),
    /wait for each other.*a, b/,
  )
})

t.test('loading checks versions, copies of core and the export', async (t) => {
  const dir = t.testdir({
    'package.json': app({ 'two-cores': '*', outdated: '*', 'no-plugin': '*', throws: '*', fine: '*' }),
    node_modules: {
      'two-cores': {
        ...pkg('two-cores', kv),
        node_modules: { '@json-express': { core: pkg('@json-express/core', null) } },
      },
      outdated: pkg('outdated', { kind: 'plugin' }, {}, { peerDependencies: { '@json-express/core': '^99.0.0' } }),
      'no-plugin': { ...pkg('no-plugin', { kind: 'plugin' }), 'index.js': 'export const x = 1' },
      throws: { ...pkg('throws', { kind: 'plugin' }), 'index.js': 'throw new Error("out of order")' },
      fine: pkg('fine', { kind: 'plugin' }, {}, { exports: { '.': { types: './x.d.ts', import: './index.js' } } }),
    },
  })
  mkdirSync(dirname(join(dir, 'node_modules/@json-express/core')), { recursive: true })
  symlinkSync(CORE, join(dir, 'node_modules/@json-express/core'))
  const { found } = walk(dir)
  const only = (name: string) => found.filter((one) => one.name === name)
  await t.rejects(loadPackages(found), { name: 'BootError' })
  await t.rejects(loadPackages(only('two-cores')), { message: /Two copies of @json-express\/core/ })
  await t.rejects(loadPackages(only('outdated')), {
    message: /outdated needs @json-express\/core \^99\.0\.0, but .* is installed/,
  })
  await t.rejects(loadPackages(only('no-plugin')), { message: /default export is not a Fastify plugin/ })
  await t.rejects(loadPackages(only('throws')), { message: /throws does not load: out of order/ })
  t.equal((await loadPackages(only('fine')))[0]?.name, 'fine')
})
