import { BootError } from '@json-express/core'
import t from 'tap'
import { isLoopback } from '../../src/doctor/loopback.js'
import { nodeVersion } from '../../src/doctor/node-version.js'
import { problemFindings } from '../../src/doctor/problem-findings.js'
import { tolerantSettings } from '../../src/doctor/tolerant-settings.js'

t.test('the version of Node.js', async (t) => {
  const now = new Date('2027-01-15T12:00:00Z')
  for (const [version, level, message] of [
    ['18.20.4', 'error', /too old: JSONExpress needs >=20\.19/],
    ['20.18.1', 'error', /too old/],
    ['20.19.0', 'warning', /no security fixes since 2026-04-30/],
    ['22.12.0', 'ok', /security fixes until 2027-04-30/],
    ['24.1.0-nightly', 'ok', /until 2028-04-30/],
    ['99.0.0', 'ok', /^99\.0\.0$/],
  ] as const) {
    const findings = nodeVersion(null, version, now)
    t.match(findings, [{ subject: 'node', level, message }], version)
    t.equal(findings[0]?.remedy === undefined, level === 'ok')
  }
  t.match(nodeVersion(null, '22.12.0', new Date('2027-04-30T23:59:59Z')), [{ level: 'ok' }], 'on its last day')
})

t.test('what boot says is taken apart: about what, what is wrong, what to do', async (t) => {
  const lines = {
    'jex.port: "abc" is not a whole number (from .env). Set it like jex.port=3000': {
      subject: 'port',
      message: 'jex.port: "abc" is not a whole number (from .env)',
      remedy: 'Set it like jex.port=3000',
    },
    'jex.auth.secret is missing: it signs the access tokens. Make one with: node -e "x(\'y\')" >> .env.local': {
      subject: 'auth.secret',
      message: 'jex.auth.secret is missing: it signs the access tokens',
      remedy: 'Make one with: node -e "x(\'y\')" >> .env.local',
    },
    'kv-redis is a dependency of the app but not installed: npm install': {
      subject: 'packages',
      message: 'kv-redis is a dependency of the app but not installed',
      remedy: 'npm install',
    },
    'jex.log.level: "loud" must be one of warn, info (from .env).': {
      subject: 'log.level',
      message: 'jex.log.level: "loud" must be one of warn, info (from .env).',
      remedy: 'Correct it, then ask the doctor again',
    },
    'jex.bodyLimit: its value must be >= 1024': {
      subject: 'bodyLimit',
      message: 'jex.bodyLimit: its value must be >= 1024',
    },
  }
  const findings = problemFindings(new BootError(Object.keys(lines)), 'packages')
  t.match(findings, Object.values(lines))
  t.ok(findings.every(({ level, remedy }) => level === 'error' && remedy))
  t.match(problemFindings(new TypeError('out of order'), 'boot'), [{ subject: 'boot', message: 'out of order' }])
})

t.test('addresses of this machine', async (t) => {
  for (const host of ['127.0.0.1', '127.9.9.9', '::1', '[::1]', 'localhost', 'LOCALHOST', 'api.localhost']) {
    t.ok(isLoopback(host), host)
  }
  for (const host of ['0.0.0.0', '::', '10.0.0.1', 'localhost.example.com', 'notlocalhost', '128.0.0.1']) {
    t.notOk(isLoopback(host), host)
  }
})

t.test('settings as far as they can be understood', async (t) => {
  const value = (path: string, text: string) => ({ path, text, source: '.env' })
  const values = [
    value('jex.prot', '1'),
    value('jex.port', 'abc'),
    value('JEX__TRUST_PROXY', '10.0.0.1'),
    value('jex.auth.tokenTtl', '5m'),
    value('jex.auth.algorithms', 'none'),
  ]
  const settings = tolerantSettings(
    { dir: t.testdir(), mode: 'production', threadPool: 4, values, problems: ['a line'] },
    [],
  )
  t.match(settings, { mode: 'production', production: true })
  t.equal(settings?.get('port'), 3000)
  t.equal(settings?.get('host'), '0.0.0.0')
  t.strictSame(settings?.get('trustProxy'), ['10.0.0.1'])
  t.equal(settings?.get('auth.tokenTtl'), 300_000)
  t.equal(settings?.get('auth.algorithms'), undefined)
  t.equal(settings?.get('auth.secret'), undefined)
})
