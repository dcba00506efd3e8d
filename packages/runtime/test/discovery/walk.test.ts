import t from 'tap'
import { walk } from '../../src/discovery/walk.js'

type Tree = { [name: string]: string | Tree }

const json = (content: object) => JSON.stringify(content)
const pkg = (
  name: string,
  manifest: object,
  version = '1.0.0',
  dependencies: string[] = [],
  inner: Tree = {},
): Tree => ({
  'package.json': json({ name, version, dependencies: versions(dependencies), jsonExpress: { api: 1, ...manifest } }),
  node_modules: inner,
})
const preset = (name: string, dependencies: string[], inner: Tree = {}) =>
  pkg(name, { kind: 'preset' }, '1.0.0', dependencies, inner)
const plugin = (name: string, version: string) => pkg(name, { kind: 'plugin' }, version)
const versions = (names: string[]) => Object.fromEntries(names.map((name) => [name, '*']))
const app = (t: Pick<typeof import('tap').t, 'testdir'>, dependencies: string[], node_modules: Tree) =>
  t.testdir({ 'package.json': json({ name: 'app', dependencies: versions(dependencies) }), node_modules })

t.test('presets lead to presets, and circles end', async (t) => {
  const dir = app(t, ['outer'], {
    outer: preset('outer', ['inner']),
    inner: preset('inner', ['outer', 'leaf']),
    leaf: plugin('leaf', '1.0.0'),
  })
  t.same(
    walk(dir).found.map(({ name, via }) => [name, via]),
    [
      ['outer', []],
      ['inner', ['outer']],
      ['leaf', ['outer', 'inner']],
    ],
  )
})

t.test('of several copies of a package the nearest counts', async (t) => {
  const dir = app(t, ['bundle', 'leaf'], {
    bundle: preset('bundle', ['leaf'], { leaf: plugin('leaf', '1.0.0') }),
    leaf: plugin('leaf', '2.0.0'),
  })
  t.same(
    walk(dir).found.map(({ name, version }) => `${name}@${version}`),
    ['bundle@1.0.0', 'leaf@2.0.0'],
  )
})

t.test('copies at one distance stop boot unless they are of one version', async (t) => {
  const two = (version: string) =>
    app(t, ['one', 'two'], {
      one: preset('one', ['leaf'], { leaf: plugin('leaf', '1.0.0') }),
      two: preset('two', ['leaf'], { leaf: plugin('leaf', version) }),
    })
  t.equal(walk(two('1.0.0')).found.filter(({ name }) => name === 'leaf').length, 1)
  t.throws(() => walk(two('2.0.0')), {
    name: 'BootError',
    message: 'leaf is installed as 1.0.0 (through one) and as 2.0.0 (through two). Choose one: npm install leaf',
  })
})

for (const [title, manifest, says] of [
  [
    'an unknown kind',
    { kind: 'cache' },
    /odd: .*kind must be one of adapter, kv, queue, email, middleware, plugin, preset/,
  ],
  ['an unknown key', { kind: 'kv', provide: ['kv'] }, /odd: .*provide is not known/],
  ['no kind', {}, /odd: .*'kind'/],
  ['a text for api', { kind: 'kv', api: '1' }, /odd: .*api must be integer/],
  ['a capability in capitals', { kind: 'kv', provides: ['KV'] }, /odd: .*provides\.0 must match/],
] as const) {
  t.test(`a manifest with ${title} is told`, async (t) => {
    t.throws(() => walk(app(t, ['odd'], { odd: pkg('odd', manifest) })), { name: 'BootError', message: says })
  })
}

t.test('a package.json that holds none is told', async (t) => {
  const dir = app(t, ['odd'], { odd: { 'package.json': 'null' } })
  t.throws(() => walk(dir), { name: 'BootError', message: /odd\/package\.json cannot be read: it holds no object/ })
})
