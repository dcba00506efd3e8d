import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { appFolder, PRESET } from '../harness/app-folder.js'
import { adminFrom, client, signIn } from '../harness/client.js'
import { startServer } from '../harness/server.js'

const ROUTES = `import { defineRoutes } from '@json-express/core'
export default defineRoutes({ endpoints: {
  'GET /ruleless': () => ({ ok: true }),
  'GET /admin': { access: 'admin', handler: () => ({ ok: true }) },
  'GET /fails': { access: 'public', handler: () => { throw new Error('the secret plan is in /etc/plan') } },
  'GET /teapot': { access: 'public', handler: () => { throw Object.assign(new Error('short and stout'), { statusCode: 418, code: 'TEAPOT' }) } },
  'GET /down': { access: 'public', handler: async (request, reply, { kv }) => kv.get('') },
} })`

/** A KV store that says how often it was asked for its health, and can be told to fail. */
const COUNTING_KV = {
  'node_modules/kv-counting/package.json': {
    name: 'kv-counting',
    version: '1.0.0',
    type: 'module',
    exports: './index.js',
    jsonExpress: { kind: 'kv', api: 1, provides: ['kv'], requires: [], optional: [] },
  },
  'node_modules/kv-counting/index.js': `let asked = 0
const plugin = async (app) => {
  const down = () => Object.assign(new Error('connection refused by 10.0.0.7'), { name: 'UnavailableError' })
  app.decorate('kv', {
    get: async () => { throw down() },
    health: async () => { asked++; process.stdout.write('asked ' + asked + '\\n'); if (asked > 1) throw down() },
  })
}
plugin[Symbol.for('skip-override')] = true
export default plugin`,
}

t.test('browsers may call from the origins that are named', async (t) => {
  const dir = appFolder(t, { files: { 'models/tools.ts': ROUTES } })
  const server = await startServer(t, dir, { env: { JEX__CORS__ORIGIN: 'https://app.example,https://b.example' } })
  const preflight = (origin: string) =>
    fetch(`${server.url}/tools/admin`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'PATCH', 'access-control-request-headers': 'authorization' },
    })
  const allowed = await preflight('https://app.example')
  t.equal(allowed.status, 204, 'a preflight needs no token')
  t.equal(allowed.headers.get('access-control-allow-origin'), 'https://app.example')
  t.match(allowed.headers.get('access-control-allow-methods'), /PATCH/)
  t.equal((await preflight('https://evil.example')).headers.get('access-control-allow-origin'), null)
  const answer = await fetch(`${server.url}/health`, { headers: { origin: 'https://b.example' } })
  t.equal(answer.headers.get('access-control-allow-origin'), 'https://b.example')
  t.match(answer.headers.get('access-control-expose-headers'), /X-Total-Count/)
  t.match(answer.headers.get('vary'), /Origin/)
})

t.test('without cors.origin no browser of another origin is let in', async (t) => {
  const server = await startServer(t, appFolder(t))
  const answer = await fetch(`${server.url}/health`, { headers: { origin: 'https://app.example' } })
  t.equal(answer.headers.get('access-control-allow-origin'), null)
})

t.test('every answer carries the security header fields, errors too', async (t) => {
  const server = await startServer(t, appFolder(t, { files: { 'models/tools.ts': ROUTES } }))
  const expected = {
    'content-security-policy': /default-src 'none'/,
    'strict-transport-security': /max-age=31536000/,
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
  }
  for (const path of ['/health', '/nope', '/tools/fails', '/users', '/auth/password/reset', '/notes/%']) {
    t.match(Object.fromEntries((await fetch(server.url + path)).headers), expected, path)
  }
  const call = client(server.url)
  const { headers } = await call('POST', '/auth/login', { email: 'x@example.com', password: 'x' })
  t.equal(headers.get('cache-control'), 'no-store')
  t.match(headers.get('www-authenticate'), /^Bearer/)
})

t.test('errors tell clients what is theirs to know', async (t) => {
  const server = await startServer(t, appFolder(t, { files: { 'models/tools.ts': ROUTES } }))
  const call = client(server.url)
  const failed = await call('GET', '/tools/fails')
  t.match(failed, { status: 500, body: { error: { code: 'INTERNAL', requestId: String } } })
  t.notMatch(failed.text, /secret plan|tools\.ts|at /)
  await server.printed(new RegExp(`${failed.body.error.requestId}.*secret plan`))
  t.match(await call('GET', '/tools/teapot'), {
    status: 418,
    body: { error: { code: 'TEAPOT', message: 'short and stout' } },
  })
})

t.test('auth.exclude and auth.required open routes without a rule, and only those', async (t) => {
  const dir = appFolder(t, {
    files: { 'models/tools.ts': ROUTES, 'models/toolshed.ts': ROUTES, 'data/posts.json': [{ id: 1 }] },
  })
  const statuses = async (env: Record<string, string>) => {
    const server = await startServer(t, dir, { env })
    const paths = ['/tools/ruleless', '/toolshed/ruleless', '/tools/admin', '/auth/me', '/users', '/posts/1']
    const all = await Promise.all(paths.map(async (path) => (await fetch(server.url + path)).status))
    await server.stop()
    return all
  }
  t.same(await statuses({}), [401, 401, 401, 401, 401, 401])
  t.same(await statuses({ JEX__AUTH__EXCLUDE: '/tools, /auth,' }), [200, 401, 401, 401, 401, 401])
  t.same(await statuses({ JEX__AUTH__EXCLUDE: '/posts,/users' }), [401, 401, 401, 401, 401, 200])
  t.same(await statuses({ JEX__AUTH__REQUIRED: 'false' }), [200, 200, 401, 401, 401, 200])
})

t.test('issuer and audience are stamped and then required', async (t) => {
  const dir = appFolder(t)
  const plain = await startServer(t, dir)
  const admin = adminFrom(plain.output())
  const before = await signIn(client(plain.url), admin)
  await plain.stop()
  const strict = await startServer(t, dir, {
    env: { JEX__AUTH__ISSUER: 'https://me.example', JEX__AUTH__AUDIENCE: 'api' },
  })
  const call = client(strict.url)
  t.match(await call('GET', '/auth/me', undefined, before), { status: 401, body: { error: { code: 'INVALID_TOKEN' } } })
  const token = await signIn(call, admin)
  t.match(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()), {
    iss: 'https://me.example',
    aud: 'api',
  })
  t.equal((await call('GET', '/auth/me', undefined, token)).status, 200)
})

t.test('ready asks every dependency, at most once a second, and says 503 when one is gone', async (t) => {
  const dir = appFolder(t, {
    dependencies: { ...PRESET, 'kv-counting': '*' },
    files: { ...COUNTING_KV, 'models/tools.ts': ROUTES },
  })
  const server = await startServer(t, dir)
  t.match(server.output(), /kv: kv-counting \(a dependency of the app, nearest to the app\)/)
  const call = client(server.url)
  const answers = await Promise.all(Array.from({ length: 200 }, () => call('GET', '/ready')))
  const [first] = answers
  t.match(first, {
    status: 503,
    body: { status: 'unavailable', checks: { db: 'ok', kv: 'failed', queue: 'ok', email: 'ok' } },
  })
  t.equal(new Set(answers.map(({ text }) => text)).size, 1)
  const asked = server.output().match(/^asked \d+$/gm)?.length ?? 0
  t.ok(asked <= 3, `200 parallel requests asked ${asked - 1} times after boot`)
  t.notMatch(first?.text, /10\.0\.0\.7/)
  t.equal((await call('GET', '/health')).status, 200, 'the process lives')
})

t.test('a client that never finishes its request is cut off with 408', async (t) => {
  const server = await startServer(t, appFolder(t))
  const socket = connect(server.port, '127.0.0.1')
  socket.write('POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{')
  let answer = ''
  socket.on('data', (chunk) => {
    answer += chunk.toString()
  })
  await once(socket, 'close')
  t.match(answer, /^HTTP\/1\.1 408 .*"REQUEST_TIMEOUT"/s)
})
