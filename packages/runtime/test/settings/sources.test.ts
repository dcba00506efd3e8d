import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { find, readSources, wantsStack } from '../../src/settings/sources.js'

t.test('files are read as UTF-8, with or without a byte order mark', async (t) => {
  const port = (content: string | Buffer) => find(readSources(t.testdir({ '.env': content }), {}).values, 'port')
  t.equal(port('jex.port=4000\r\njex.host=::1\r\n'), '4000')
  t.equal(port('\ufeffjex.port=4000'), '4000')
  t.throws(() => port(Buffer.from('\ufeffjex.port=4000', 'utf16le')), {
    name: 'BootError',
    message: /\.env is not UTF-8/,
  })
  t.throws(() => port(Buffer.from('jex.port=4000', 'utf16le')), { name: 'BootError', message: /\.env is not UTF-8/ })
})

t.test('a file that cannot be read stops boot', async (t) => {
  const dir = t.testdir({})
  mkdirSync(join(dir, '.env'))
  t.throws(() => readSources(dir, {}), { name: 'BootError', message: /^\.env cannot be read: / })
})

t.test('a line without = is told, and takes no other setting with it', async (t) => {
  const lines = [
    'a note',
    'jex.auth.required=true',
    'jex.auth.secret: hunter2',
    '# jex.host',
    'export jex.port=4000',
    'JEX__KV',
  ]
  const { values, problems } = readSources(t.testdir({ '.env': lines.join('\n') }), {})
  t.same(
    values.map(({ path, text }) => [path, text]),
    [
      ['jex.auth.required', 'true'],
      ['jex.port', '4000'],
    ],
  )
  t.same(problems, [
    'jex.auth.secret has no = (from .env). Set it like jex.auth.secret=value',
    'JEX__KV has no = (from .env). Set it like JEX__KV=value',
  ])
})

t.test('a mode that comes too late to count is told', async (t) => {
  const read = (files: Record<string, string>) => readSources(t.testdir(files), { NODE_ENV: 'test' })
  const { mode, problems } = read({ '.env.local': 'jex.mode=production' })
  t.equal(mode, 'test')
  t.match(problems, [/^jex\.mode=production in \.env\.local comes too late/])
  t.same(read({ '.env.test': 'jex.mode=test' }).problems, [])
  t.same(read({ '.env': 'jex.mode=production' }).mode, 'production')
})

t.test('a stack trace is for those who ask', async (t) => {
  const wants = (file: string, env = {}) => wantsStack(t.testdir({ '.env': file }), env)
  t.notOk(wants(''))
  t.ok(wants('', { DEBUG: '1' }))
  t.ok(wants('jex.log.level=debug'))
  t.ok(wants('', { JEX__LOG__LEVEL: 'trace' }))
})
