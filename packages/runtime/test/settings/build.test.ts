import { readFileSync, statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { setting } from '@json-express/core'
import t from 'tap'
import Type from 'typebox'
import { deriveSettings } from '../../src/settings/derive.js'
import { secretProblem } from '../../src/settings/secret.js'
import { readSources } from '../../src/settings/sources.js'
import { buildSettings, type Section } from '../../src/settings/validate.js'
import { build, problems, sections, type World } from './world.js'

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
  ['JEX__PORT', '65536', /jex\.port: "65536" must be at most 65535 \(from environment\)\. Set it like jex\.port=3000/],
  ['JEX__PORT', '-1', /jex\.port/],
  ['JEX__PORT', '3e3', /jex\.port/],
  ['JEX__AUTH__REQUIRED', 'yes', /is not true or false/],
  ['JEX__AUTH__TOKEN_TTL', '15', /is not a duration: a number with ms, s, m, h or d/],
  ['JEX__AUTH__TOKEN_TTL', '15 minutes', /is not a duration/],
  ['JEX__AUTH__TOKEN_TTL', '-5m', /is not a duration/],
  [
    'JEX__AUTH__TOKEN_TTL',
    '1ms',
    /"1ms" must be at least 1s \(from environment\)\. Set it like jex\.auth\.tokenTtl=15m/,
  ],
  ['JEX__AUTH__TOKEN_TTL', '0', /"0" must be at least 1s/],
  ['JEX__AUTH__REFRESH_GRACE', '11m', /"11m" must be at most 10m .*Set it like jex\.auth\.refreshGrace=30s/],
  ['JEX__AUTH__REFRESH_GRACE', 'off', /is not a duration.*Set it like jex\.auth\.refreshGrace=30s/],
  ['JEX__AUTH__RESET_TTL', '0.5ms', /is not a duration/],
  ['JEX__AUTH__RESET_TTL', '99999999999999d', /is not a duration/],
  [
    'JEX__AUTH__DEFAULT_ROLE',
    'Owner',
    /"Owner" does not fit .*\. Role of who registers; not admin\. Set it like jex\.auth\.defaultRole=user/,
  ],
  ['JEX__AUTH__ISSUER', '', /jex\.auth\.issuer: "" is empty \(from environment\)\. `iss` of local tokens/],
  [
    'JEX__AUTH__EXCLUDE',
    '/a,/posts/*',
    /jex\.auth\.exclude: "\/posts\/\*" does not fit .*begin with \/ and have no \*\. Set it like/,
  ],
  ['JEX__AUTH__SECRET', '', /jex\.auth\.secret: its value is empty .*\. HMAC secret/],
  [
    'JEX__CORS__ORIGIN',
    'https://a.example/',
    /"https:\/\/a\.example\/" is not a valid origin .*Set it like jex\.cors\.origin=https:/,
  ],
  ['JEX__LOG__LEVEL', 'loud', /must be one of fatal, error/],
  ['JEX__PUBLIC_URL', 'not a url', /jex\.publicUrl/],
  ['JEX__PUBLIC_URL', 'ftp://x.y', /jex\.publicUrl/],
  ['JEX__AUTH__HASH__MEMORY_KIB', '1', /jex\.auth\.hash\.memoryKiB/],
  ['JEX__AUTH__PASSWORD__MIN_LENGTH', '4', /must be at least 8/],
  ['JEX__AUTH__TOKEN_TTTL', '5m', /jex\.AUTH\.TOKEN_TTTL is not a known setting .*Did you mean jex\.auth\.tokenTtl\?/],
  ['JEX__AUTH', 'x', /is not a known setting/],
  ['jex.zzzzzzzzzz', 'x', /is not a known setting \(from environment\)\. Remove it/],
] as const) {
  t.test(`${key}=${value} stops boot`, async (t) => {
    t.match(problems(t, { env: { [key]: value } }), expected)
  })
}

t.test('durations are exact, and 0 is one', async (t) => {
  for (const [text, ms] of [
    ['1.1h', 3_960_000],
    ['0.7d', 60_480_000],
    ['16.1s', 16_100],
    ['1.29s', 1290],
    ['8.7m', 522_000],
    ['1000ms', 1000],
    ['90d', 7_776_000_000],
  ] as const) {
    t.equal(build(t, { env: { JEX__AUTH__RESET_TTL: ` ${text} ` } }).get('auth.resetTtl'), ms, text)
  }
  for (const off of ['0', '0s'])
    t.equal(build(t, { env: { JEX__AUTH__REFRESH_GRACE: off } }).get('auth.refreshGrace'), 0)
})

t.test('the items of a list are of their type', async (t) => {
  const schema = Type.Object({
    ports: Type.Array(Type.Integer({ minimum: 1 })),
    waits: Type.Array(setting.duration({ maximum: 60_000 })),
  })
  const make = (env: Record<string, string>) =>
    buildSettings(readSources(t.testdir({}), { JEX__X__WAITS: '1s', JEX__X__PORTS: '1, 2,', ...env }), [
      { name: 'x', schema, active: true, owner: 'x' },
      ...sections,
    ])
  t.same(make({}).section('x'), { ports: [1, 2], waits: [1000] })
  t.throws(() => make({ JEX__X__PORTS: '1,two' }), { message: /^jex\.x\.ports: "1,two" is not a whole number/ })
  t.throws(() => make({ JEX__X__WAITS: '2m' }), { message: /^jex\.x\.waits: .* must be at most 1m/ })
})

t.test('plain PORT, from wherever', async (t) => {
  const port = (world: World) =>
    build(t, world)
      .entries()
      .find(({ key }) => key === 'port')
  t.match(port({ files: { '.env': 'PORT=4000' } }), { value: 4000, source: '.env (PORT)' })
  t.match(
    port({ files: { '.env': 'jex.port=4001\nPORT=4000' } }),
    { value: 4001, source: '.env' },
    'the setting is first',
  )
  t.match(port({ files: { '.env': 'jex.port=4001' }, env: { PORT: '4002' } }), { value: 4002 })
  t.match(
    port({ files: { '.env': 'PORT=' }, env: { PORT: '' } }),
    { value: 3000, source: 'default' },
    'empty says nothing',
  )
  t.match(problems(t, { env: { JEX__PORT: '' } }), /^jex\.port: "" is not a whole number/)
})

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
      deriveSettings({ appDir, threadPool: 4, authenticates: true, mails: true, warn: (line) => warnings.push(line) }),
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
  t.throws(() => make({ NODE_ENV: 'production', JEX__AUTH__SECRET: 'hunter2' }), {
    message: /^(?!.*hunter2).*shorter/s,
  })
})

t.test('password hashes leave threads of the pool to others', async (t) => {
  for (const [threads, most] of [
    [undefined, 2],
    ['1', 1],
    ['3', 1],
    ['0', 1],
    ['many', 1],
    ['64', 62],
  ] as const) {
    const sources = readSources(t.testdir({}), threads === undefined ? {} : { UV_THREADPOOL_SIZE: threads })
    const options = { ...{ appDir: sources.dir, threadPool: sources.threadPool }, warn: () => undefined }
    const derived = deriveSettings({ ...options, authenticates: false, mails: false })
    const concurrency = buildSettings(sources, sections, derived).get('auth.hash.concurrency')
    t.equal(concurrency, Math.min(most, availableParallelism()), `UV_THREADPOOL_SIZE=${threads}`)
  }
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
