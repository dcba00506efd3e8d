import { readFileSync, statSync } from 'node:fs'
import { authSettingsSchema, BootError, setting } from '@json-express/core'
import t from 'tap'
import Type from 'typebox'
import { deriveSettings } from '../../src/settings/derive.js'
import { runtimeSettingsSchema } from '../../src/settings/runtime-schema.js'
import { secretProblem } from '../../src/settings/secret.js'
import { readSources } from '../../src/settings/sources.js'
import { buildSettings, type Section } from '../../src/settings/validate.js'

const sections: Section[] = [
  { name: '', schema: runtimeSettingsSchema, active: true, owner: '@json-express/runtime' },
  { name: 'auth', schema: authSettingsSchema, active: true, owner: '@json-express/core' },
  {
    name: 'kv-redis',
    schema: Type.Object({ url: setting.secret(), prefix: Type.String({ default: 'jex' }) }),
    active: false,
    owner: 'kv-redis',
  },
  {
    name: 'store',
    schema: Type.Object({ file: setting.path({ default: '.jex/store' }) }),
    active: true,
    owner: 'store',
  },
]

interface World {
  files?: Record<string, string>
  env?: Record<string, string>
}

function build(t: Tap.Test, { files = {}, env = {} }: World) {
  return buildSettings(readSources(t.testdir(files), env), sections)
}

function problems(t: Tap.Test, world: World): string {
  try {
    build(t, world)
  } catch (error) {
    if (error instanceof BootError) return error.message
    throw error
  }
  return ''
}

declare namespace Tap {
  type Test = Pick<typeof t, 'testdir'>
}

t.test('later sources win', async (t) => {
  const files = {
    '.env': 'jex.port=1\njex.log.level=warn\njex.auth.tokenTtl=1m',
    '.env.test': 'jex.port=2\njex.auth.tokenTtl=2m',
    '.env.local': 'jex.port=3\njex.auth.tokenTtl=3m',
    '.env.test.local': 'jex.port=4',
    '.env.production': 'jex.port=9',
  }
  const settings = build(t, { files, env: { NODE_ENV: 'test' } })
  t.equal(settings.get('port'), 4)
  t.equal(settings.get('auth.tokenTtl'), 180_000)
  t.equal(settings.get('log.level'), 'warn')
  t.equal(build(t, { files, env: { NODE_ENV: 'test', JEX__PORT: '5' } }).get('port'), 5)
  t.equal(build(t, { files, env: { PORT: '6' } }).get('port'), 6)
  const entry = settings.entries().find(({ key }) => key === 'port')
  t.same(entry, { key: 'port', value: 4, source: '.env.test.local', default: 3000, secret: false, duration: false })
})

t.test('the mode is read first: environment, .env, NODE_ENV', async (t) => {
  const mode = (world: World) => build(t, world).mode
  t.equal(mode({}), 'development')
  t.equal(mode({ env: { NODE_ENV: 'test' } }), 'test')
  t.equal(mode({ files: { '.env': 'jex.mode=staging' }, env: { NODE_ENV: 'test' } }), 'staging')
  t.equal(mode({ files: { '.env': 'jex.mode=staging' }, env: { JEX__MODE: 'production' } }), 'production')
  t.equal(build(t, { env: { NODE_ENV: 'staging' } }).production, true, 'whatever is not development or test')
})

t.test('keys are found whatever their case, - and _', async (t) => {
  for (const key of ['JEX__AUTH__TOKEN_TTL', 'JEX__AUTH__TOKENTTL', 'jex__auth__tokenTtl', 'jex.auth.token-ttl']) {
    t.equal(build(t, { env: { [key]: '30s' } }).get('auth.tokenTtl'), 30_000, key)
  }
  t.doesNotThrow(() => build(t, { env: { JEX__KV_REDIS__URL: 'redis://x' } }), 'idle packages are known')
})

t.test('values are converted by their schema', async (t) => {
  const env = { JEX__AUTH__EXCLUDE: '/a, /b,,', JEX__AUTH__REQUIRED: 'false', JEX__AUTH__RESET_TTL: '1.5h' }
  const settings = build(t, { env })
  t.same(settings.get('auth.exclude'), ['/a', '/b'])
  t.equal(settings.get('auth.required'), false)
  t.equal(settings.get('auth.resetTtl'), 5_400_000)
  t.ok(Object.isFrozen(settings.section('auth')) && Object.isFrozen(settings.section<{ hash: object }>('auth').hash))
  t.throws(() => settings.get('auth.nothing'))
  t.match(settings.get('store.file'), /^\/.*\/\.jex\/store$/, 'paths lie in the app')
  t.equal(build(t, { env: { JEX__STORE__FILE: ':memory:' } }).get('store.file'), ':memory:')
})

for (const [key, value, expected] of [
  ['JEX__PORT', 'abc', /jex\.port: "abc" is not a whole number \(from environment\)\. Set it like jex\.port=3000/],
  ['JEX__PORT', '65536', /jex\.port: "65536" must be <= 65535/],
  ['JEX__PORT', '-1', /jex\.port/],
  ['JEX__PORT', '3e3', /jex\.port/],
  ['JEX__AUTH__REQUIRED', 'yes', /is not true or false/],
  ['JEX__AUTH__TOKEN_TTL', '15', /is not a duration: a number with ms, s, m, h or d/],
  ['JEX__AUTH__TOKEN_TTL', '15 minutes', /is not a duration/],
  ['JEX__AUTH__TOKEN_TTL', '-5m', /is not a duration/],
  ['JEX__AUTH__TOKEN_TTL', '1ms', /must be >= 1000/],
  ['JEX__LOG__LEVEL', 'loud', /must be one of fatal, error/],
  ['JEX__PUBLIC_URL', 'not a url', /jex\.publicUrl/],
  ['JEX__PUBLIC_URL', 'ftp://x.y', /jex\.publicUrl/],
  ['JEX__AUTH__HASH__MEMORY_KIB', '1', /jex\.auth\.hash\.memoryKiB/],
  ['JEX__AUTH__PASSWORD__MIN_LENGTH', '4', /must be >= 8/],
  ['JEX__AUTH__TOKEN_TTTL', '5m', /jex\.AUTH\.TOKEN_TTTL is not a known setting .*Did you mean jex\.auth\.tokenTtl\?/],
  ['JEX__AUTH', 'x', /is not a known setting/],
  ['jex.zzzzzzzzzz', 'x', /is not a known setting \(from environment\)\.$/],
] as const) {
  t.test(`${key}=${value} stops boot`, async (t) => {
    t.match(problems(t, { env: { [key]: value } }), expected)
  })
}

t.test('all problems are told at once, secrets by nobody', async (t) => {
  const message = problems(t, {
    env: { JEX__PORT: 'x', JEX__BODY_LIMIT: '1', JEX__CORS__CREDENTIALS: '1', JEX__NOPE: 'hunter2' },
  })
  t.equal(message.split('\n').length, 4)
  t.notMatch(message, 'hunter2')
})

t.test('a required setting of an active package is demanded, of an idle one not', async (t) => {
  const needy: Section = {
    name: 'needy',
    schema: Type.Object({ url: setting.secret() }),
    active: true,
    owner: 'needy-package',
  }
  const sources = readSources(t.testdir({}), {})
  t.throws(() => buildSettings(sources, [needy]), { message: /jex\.needy\.url is missing: needy-package needs it/ })
  t.doesNotThrow(() => buildSettings(sources, [{ ...needy, active: false }]))
})

t.test('the development secret is made once and kept', async (t) => {
  const appDir = t.testdir({})
  const warnings: string[] = []
  const make = (env: Record<string, string> = {}) =>
    buildSettings(
      readSources(appDir, env),
      sections,
      deriveSettings({ appDir, authenticates: true, mails: true, warn: (line) => warnings.push(line) }),
    )
  const first = make()
  t.match(first.get('auth.secret'), /^[\w-]{86}$/)
  t.equal(make().get('auth.secret'), first.get('auth.secret'))
  t.equal(first.entries().find(({ key }) => key === 'auth.secret')?.source, '.jex/secret')
  t.equal(statSync(`${appDir}/.jex/secret`).mode & 0o777, 0o600)
  t.equal(readFileSync(`${appDir}/.jex/.gitignore`, 'utf8'), '*\n')
  t.equal(warnings.length, 2)
  t.match(first.get('publicUrl'), 'http://localhost:3000')
  t.equal(first.get('host'), '127.0.0.1')

  t.equal(make({ JEX__AUTH__SECRET: 'short' }).get('auth.secret'), 'short', 'a short one is a warning')
  t.match(warnings.at(-1), /shorter than 32 bytes/)
  t.throws(() => make({ NODE_ENV: 'production' }), {
    message: /jex\.publicUrl is missing.*\n.*jex\.auth\.secret is missing/s,
  })
  t.throws(() => make({ NODE_ENV: 'production', JEX__AUTH__SECRET: 'hunter2hunter2' }), {
    message: /^(?!.*hunter2).*shorter/s,
  })
})

t.test('placeholders are no secrets', async (t) => {
  for (const secret of [
    'changeme'.repeat(8),
    'a'.repeat(64),
    'your-secret-key-your-secret-key-your',
    'secret'.padEnd(40, 'x'),
  ]) {
    t.match(secretProblem(secret), /placeholder/, secret)
  }
  t.equal(secretProblem('8Zb1yJq0W3oVtX5uEwG7kLm9NpQrStUvWxYz0123456'), null)
})
