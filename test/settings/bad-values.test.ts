import { createApp } from '@json-express/runtime'
import t from 'tap'
import { appFolder } from '../harness/app-folder.js'
import { quickApp } from '../harness/quick-app.js'

/** Every setting with values that stop boot. What the message says beside the name is tested where it is made. */
const BAD: Record<string, readonly string[]> = {
  adapter: ['@json-express/adapter-nowhere', '@json-express/kv-memory', ''],
  'adapter-sqlite.file': ['', '.'],
  'auth.algorithms': ['none', 'HS256,none', 'RS256', 'HS256,HS256'],
  'auth.allowRegistration': ['yes', '1'],
  'auth.audience': [''],
  'auth.defaultRole': ['admin', 'Owner', 'owner', ''],
  'auth.exclude': ['posts', '/posts/*', '/', '/posts?', '/a,b'],
  'auth.email.appName': ['', 'x'.repeat(101), 'a\nb'],
  'auth.email.from': ['x'],
  'auth.email.locale': ['english!', '../en', 'xx'],
  'auth.email.resetUrl': ['nowhere', 'javascript:alert(1)', '/reset'],
  'auth.email.verifyUrl': ['nowhere', 'ftp://example.com/'],
  'auth.hash.concurrency': ['0', '65', 'many'],
  'auth.hash.iterations': ['0', '11', '1.5'],
  'auth.hash.maxQueue': ['-1', '100001'],
  'auth.hash.memoryKiB': ['7167', '1048577', '19MiB'],
  'auth.hash.parallelism': ['0', '9'],
  'auth.inviteTtl': ['0s', '3', 'soon'],
  'auth.issuer': [''],
  'auth.jwksAudience': [''],
  'auth.jwksIssuer': [''],
  'auth.jwksUri': ['nowhere', 'http://id.example.com/keys', 'file:///etc/passwd'],
  'auth.lockout.duration': ['0s', '15'],
  'auth.lockout.maxFailures': ['0', '101', 'five'],
  'auth.lockout.window': ['0s', '15'],
  'auth.maxSessions': ['0', '1001'],
  'auth.password.blocklist': ['maybe'],
  'auth.password.maxLength': ['63', '257'],
  'auth.password.minLength': ['7', '257'],
  'auth.password.requireLetterAndDigit': ['si'],
  'auth.refreshGrace': ['-1s', '11m', '30', ''],
  'auth.refreshMaxAge': ['0s', '1d', '90'], // a day is less than the idle life
  'auth.refreshTtl': ['0s', '91d', '7'],
  'auth.required': ['maybe'],
  'auth.requireVerifiedEmail': ['maybe'],
  'auth.resetTtl': ['0s', '30'],
  'auth.roleClaim': [''],
  'auth.secret': [''],
  'auth.sessionCheck': ['off'],
  'auth.tokenTtl': ['0s', '999ms', '15'],
  'auth.verifyTtl': ['0s', '24'],
  bodyLimit: ['0', '1MB'],
  'cors.credentials': ['maybe'],
  'cors.origin': ['example.com', 'https://a/', 'https://a/path', 'https://a, b'],
  email: ['@json-express/email-nowhere', '@json-express/kv-memory', ''],
  'email-console.allowInProduction': ['maybe'],
  'log.level': ['loud'],
  kv: ['@json-express/kv-nowhere', '@json-express/queue-memory', ''],
  port: ['-1', '65536', 'http'],
  publicUrl: [
    ...['nowhere', 'ftp://example.com', 'https://', 'https://x:99999', 'https://x?a=b', 'https://x/#a'],
    ...['https://me:word@x', 'https:x', 'https://x y'],
  ],
  queue: ['@json-express/queue-nowhere', '@json-express/kv-memory', ''],
  'ratelimit.enabled': ['maybe'],
  'security.headers': ['maybe'],
  worker: ['maybe'],
  trustProxy: ['::/0', '0.0.0.0/0', 'everybody', '300.1.1.1', '10.0.0.0/99'],
}

/** Any text is good; whether it works shows when it is used. */
const ANYTHING = ['auth.previousSecrets', 'host', 'mode']

t.test('every setting there is has its bad values here', async (t) => {
  const { app } = await quickApp(t)
  const keys = app.settings.entries().map(({ key }) => key)
  const windows = keys.filter((key) => /^ratelimit\.(?!enabled)/.test(key))
  for (const key of windows) BAD[key] = /\.?max$/.test(key) ? ['0', 'many'] : ['0s', '10']
  t.strictSame(keys.toSorted(), [...Object.keys(BAD), ...ANYTHING].toSorted())
})

t.test('a bad value stops boot, with a line that names the setting', async (t) => {
  const dir = appFolder(t)
  for (const [key, values] of Object.entries(BAD)) {
    for (const value of values) {
      const env = { [`JEX__${key.replaceAll('.', '__').replaceAll('-', '_')}`.toUpperCase()]: value }
      const started = createApp({ dir, env: { JEX__LOG__LEVEL: 'silent', ...env } })
      const problem = await started.then(
        (app) => app.close().then(() => new Error('it started')),
        (error: Error) => error,
      )
      t.match(problem, { name: 'BootError' }, `${key}=${JSON.stringify(value.slice(0, 20))}: ${problem.message}`)
      t.ok(namesSetting(problem.message, key), `${key}: ${problem.message}`)
    }
  }
})

function namesSetting(message: string, key: string): boolean {
  return new RegExp(`\\bjex\\.${key.replaceAll('.', '\\.')}(?![\\w-]|\\.\\w)`).test(message)
}

t.test('addresses of services that are none stop boot', async (t) => {
  for (const [name, kind, urls] of [
    ['kv-redis', 'kv', ['', 'localhost:6379', 'http://localhost:6379', 'redis:localhost', 'redis://localhost:99999']],
    ['queue-bullmq', 'queue', ['', 'localhost', 'https://localhost', 'redis:localhost', 'redis://localhost:99999']],
    [
      'email-smtp',
      'email',
      ['', 'localhost:25', 'http://localhost', 'smtp://', 'smtp://localhost:99999', 'smtp://a/b'],
    ],
    ['adapter-postgres', 'adapter', ['', 'localhost:5432', 'mysql://localhost/a', 'postgres://']],
  ] as const) {
    const dependencies = { '@json-express/preset-identity': '*', [`@json-express/${name}`]: '*' }
    const dir = appFolder(t, { dependencies })
    for (const url of urls) {
      const env = {
        ...{ JEX__LOG__LEVEL: 'silent', JEX__ADAPTER_SQLITE__FILE: ':memory:' },
        [`JEX__${kind.toUpperCase()}`]: `@json-express/${name}`,
        [`JEX__${name.replace('-', '_').toUpperCase()}__URL`]: url,
        JEX__AUTH__EMAIL__FROM: 'no-reply@example.com',
      }
      const problem = await createApp({ dir, env }).then(
        (app) => app.close().then(() => new Error('it started')),
        (error: Error) => error,
      )
      t.equal(problem.name, 'BootError', `${name} ${url}: ${problem.message}`)
      t.ok(namesSetting(problem.message, `${name}.url`), `${name} ${url}: ${problem.message}`)
    }
  }
})

t.test('secrets that are no secrets stop production', async (t) => {
  const dir = appFolder(t)
  const production = { NODE_ENV: 'production', JEX__PUBLIC_URL: 'https://api.example.com' }
  const allowed = { JEX__EMAIL_CONSOLE__ALLOW_IN_PRODUCTION: 'true' }
  for (const [env, problem] of [
    [{}, /jex\.auth\.secret is missing/],
    [{ JEX__AUTH__SECRET: 'short' }, /jex\.auth\.secret is shorter/],
    [{ JEX__AUTH__SECRET: 'x'.repeat(40) }, /jex\.auth\.secret is a placeholder/],
    [{ JEX__AUTH__SECRET: 'a-string-secret-at-least-256-bits-long' }, /jex\.auth\.secret is a placeholder/],
    [{ JEX__CORS__ORIGIN: '*', JEX__CORS__CREDENTIALS: 'true' }, /jex\.cors\.credentials=true does not go with/],
    [{ JEX__AUTH__PREVIOUS_SECRETS: 'short' }, /previousSecrets is shorter/],
    [{ JEX__AUTH__JWKS_URI: 'https://id.example.com/keys' }, /jwksIssuer is missing[\s\S]*jwksAudience is missing/],
  ] as const) {
    const options = { dir, env: { ...production, ...allowed, JEX__LOG__LEVEL: 'silent', ...env } }
    await t.rejects(createApp(options), { name: 'BootError', message: problem })
  }
  const good = { ...production, JEX__AUTH__SECRET: '8Zb1yJq0W3oVtX5uEwG7kLm9NpQrStUvWxYz0123456' }
  await t.rejects(createApp({ dir, env: { ...good, JEX__LOG__LEVEL: 'silent' } }), {
    message: /email-console[\s\S]*allowInProduction/,
  })
})
