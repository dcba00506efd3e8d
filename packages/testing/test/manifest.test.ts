import t from 'tap'
import { manifestRules, type PackageJson } from '../src/index.js'

const KV = {
  name: 'kv-of-somebody',
  exports: { '.': './index.js', './package.json': './package.json' },
  peerDependencies: { '@json-express/core': '^0.1.0' },
  jsonExpress: { kind: 'kv', api: 1, provides: ['kv'] },
}
const PRESET = { name: 'preset', dependencies: { 'kv-of-somebody': '^1.0.0' }, jsonExpress: { kind: 'preset', api: 1 } }

const CONTRACT = 'the jsonExpress field fits its schema'
const CORE = 'core is a peer dependency, so that there is one copy of it'

async function broken(packageJson: PackageJson): Promise<string[]> {
  const results = await Promise.allSettled(manifestRules.map((rule) => rule.run(packageJson)))
  return manifestRules.filter((_, index) => results[index]?.status === 'rejected').map((rule) => rule.name)
}

t.test('good packages pass, and are not changed', async (t) => {
  const before = structuredClone(KV)
  t.strictSame(await broken(KV), [])
  t.strictSame(KV, before)
  t.strictSame(await broken(PRESET), [])
  t.strictSame(await broken({ ...KV, exports: undefined }), [], 'everything may be read where nothing is exported')
  t.strictSame(await broken({ ...KV, jsonExpress: { kind: 'plugin', api: 1, requires: ['kv'] } }), [])
})

t.test('every rule finds what it is for', async (t) => {
  const cases: [rule: string, packageJson: PackageJson][] = [
    [CONTRACT, { ...KV, jsonExpress: { ...KV.jsonExpress, kind: 'cache' } }],
    [CONTRACT, { ...KV, jsonExpress: { ...KV.jsonExpress, extra: true } }],
    [CONTRACT, { ...KV, jsonExpress: undefined }],
    ['is written for this contract version', { ...KV, jsonExpress: { ...KV.jsonExpress, api: 2 } }],
    ['a package for a slot provides its capability', { ...KV, jsonExpress: { kind: 'kv', api: 1 } }],
    [
      'does not require or use what it provides itself',
      { ...KV, jsonExpress: { ...KV.jsonExpress, optional: ['kv'] } },
    ],
    [CORE, { ...KV, peerDependencies: {} }],
    [CORE, { ...KV, peerDependencies: undefined }],
    [CORE, { ...KV, dependencies: { '@json-express/core': '^0.1.0' } }],
    ['a preset has what it consists of as dependencies', { ...PRESET, dependencies: {} }],
    ['its package.json can be read from outside', { ...KV, exports: './index.js' }],
    ['its package.json can be read from outside', { ...KV, exports: { '.': './index.js' } }],
  ]
  for (const [rule, packageJson] of cases) t.ok((await broken(packageJson)).includes(rule), rule)
  for (const { name } of manifestRules)
    t.ok(
      cases.some(([rule]) => rule === name),
      `there is a case for: ${name}`,
    )
})
