import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { run } from '../../../../test/harness/server.js'

const packageJson = (name: string, more: object) => JSON.stringify({ name, version: '1.0.0', type: 'module', ...more })
const manifest = (kind: string, capability: string) => ({
  main: 'index.js',
  jsonExpress: { kind, api: 1, provides: [capability] },
})
const TRACE = /^\s+at .*:\d+:\d+/m

/** An app with the memory adapter of the workspace and one package of these files. */
function app(t: Pick<typeof import('tap').t, 'testdir'>, one: Record<string, string>): string {
  const dir = t.testdir({
    'package.json': packageJson('app', { dependencies: { '@json-express/adapter-memory': '*', one: '*' } }),
    node_modules: { '@json-express': {}, one },
  })
  for (const name of ['core', 'adapter-memory']) {
    const target = new URL(`../../../${name}`, import.meta.url).pathname
    symlinkSync(target, join(dir, 'node_modules/@json-express', name))
  }
  return dir
}

t.test('an error nobody foresaw is one line, with its stack trace for those who ask', async (t) => {
  const dir = app(t, {
    'package.json': packageJson('one', manifest('plugin', 'nothing')),
    'index.js': 'export default async () => { throw new TypeError("out of order") }',
  })
  const plain = run(t, dir, { env: { PORT: '0', DEBUG: '' } })
  t.equal(await plain.exited, 1)
  t.match(
    plain.output(),
    /json-express stopped on an error it did not expect: one does not start: out of order\nFor a stack trace set DEBUG=1/,
  )
  t.notMatch(plain.output(), TRACE)

  for (const env of [{ DEBUG: '1' }, { JEX__LOG__LEVEL: 'debug' }] as Record<string, string>[]) {
    const traced = run(t, dir, { env: { PORT: '0', DEBUG: '', ...env } })
    t.equal(await traced.exited, 1)
    t.match(traced.output(), /TypeError: out of order\n\s+at /)
  }
})

t.test('plugins names what was chosen and what is idle, without loading anything', async (t) => {
  const dir = app(t, {
    'package.json': packageJson('one', manifest('adapter', 'adapter')),
    'index.js': 'throw new Error("was loaded")',
  })
  const tie = run(t, dir, { args: ['plugins'] })
  t.equal(await tie.exited, 1)
  t.match(tie.output(), 'jex.adapter=@json-express/adapter-memory or jex.adapter=one')

  const decided = run(t, dir, { args: ['plugins'], env: { JEX__ADAPTER: '@json-express/adapter-memory' } })
  t.equal(await decided.exited, 0)
  t.match(decided.output(), /Chosen\n {2}adapter +@json-express\/adapter-memory \(jex\.adapter says so\)/)
  t.match(decided.output(), /Idle\n {2}one\n/)
  t.notMatch(decided.output(), 'was loaded')
})
