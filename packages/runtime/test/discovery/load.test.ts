import { mkdirSync, realpathSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { idleSchema, loadPackages } from '../../src/discovery/load.js'
import { type FoundPackage, walk } from '../../src/discovery/walk.js'

const CORE = realpathSync(new URL('../../../core', import.meta.url))

/** The packages of an app that has core and one package of these files. */
function packages(t: Pick<typeof import('tap').t, 'testdir'>, manifest: object, files: object): FoundPackage[] {
  const packageJson = { name: 'one', version: '1.0.0', type: 'module', main: 'index.js' }
  const dir = t.testdir({
    'package.json': JSON.stringify({ name: 'app', dependencies: { one: '*' } }),
    node_modules: {
      '@json-express': {},
      one: {
        'package.json': JSON.stringify({ ...packageJson, jsonExpress: { kind: 'plugin', api: 1, ...manifest } }),
        ...files,
      },
    },
  })
  symlinkSync(CORE, join(dir, 'node_modules/@json-express/core'))
  return walk(dir).found
}

t.test('a package for another contract is told', async (t) => {
  const found = packages(t, { api: 2 }, { 'index.js': 'export default async () => {}' })
  await t.rejects(loadPackages(found), { name: 'BootError', message: /^one was written for api 2, .* speaks api 1/ })
})

t.test('two copies of core are told with both folders', async (t) => {
  const found = packages(t, {}, { 'index.js': 'export default async () => {}', node_modules: {} })
  const [one] = found
  const copy = join(one?.dir ?? '', 'node_modules/@json-express/core')
  mkdirSync(join(copy, '..'), { recursive: true })
  symlinkSync(join(one?.dir ?? ''), copy)
  const error = await loadPackages(found).then(
    () => '',
    ({ message }) => message,
  )
  t.match(error, 'Two copies of @json-express/core')
  t.match(error, one?.dir)
  t.match(error, CORE)
})

for (const [title, index, schema] of [
  [
    'is read',
    'export default async () => {}\nexport const configSchema = { properties: { url: { type: "string" } } }',
    { properties: { url: { type: 'string' } } },
  ],
  ['names no keys when it does not load', 'import "not-there"', {}],
  ['names no keys when it has none', 'export default async () => {}', {}],
] as const) {
  t.test(`the schema of an idle package ${title}`, async (t) => {
    const [one] = packages(t, {}, { 'index.js': index })
    t.same(one && (await idleSchema(one)), schema)
  })
}
