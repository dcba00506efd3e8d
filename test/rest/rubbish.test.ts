import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { appFolder } from '../harness/app-folder.js'
import { adminFrom, client, signIn } from '../harness/client.js'
import { startServer } from '../harness/server.js'

const dir = appFolder(t, {
  files: {
    'models/notes.ts': `import { defineModel, types } from '@json-express/core'
export default defineModel({
  fields: {
    title: types.string().required().maxLength(100),
    views: types.number().min(0),
    open: types.boolean(),
    at: types.date(),
    extra: types.json(),
    kind: types.string().enum(['a', 'b']),
  },
  access: { read: 'public', create: 'public', update: 'public', delete: 'public' },
  hooks: { beforeCreate: (note) => ({ ...note, title: note.title.trim() }) },
})
`,
    'data/posts.json': [{ id: 1, title: 'one' }],
  },
})
const server = await startServer(t, dir)
const call = client(server.url)
const credentials = adminFrom(server.output())
const token = await signIn(call, credentials)
const { body: note } = await call('POST', '/notes', { title: 'x' }, token)

/** Sends bytes as a body and expects a coded 4xx. */
async function raw(path: string, body: string | Buffer, headers: Record<string, string> = {}, method = 'POST') {
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    body,
  })
  const text = await response.text()
  return { status: response.status, text, code: /"code":"([A-Z_]+)"/.exec(text)?.[1] }
}

const bodies: [string, string | Buffer][] = [
  ['a number for a string', '{"title":5}'],
  ['a string for a number', '{"title":"x","views":"5"}'],
  ['a string for a boolean', '{"title":"x","open":"true"}'],
  ['a number for a boolean', '{"title":"x","open":1}'],
  ['an array for a string', '{"title":["x"]}'],
  ['an object for a string', '{"title":{"$gt":""}}'],
  ['null for what is required', '{"title":null}'],
  ['nothing', '{}'],
  ['an unknown field', '{"title":"x","nope":1}'],
  ['an id', '{"title":"x","id":"mine"}'],
  ['out of bounds', '{"title":"x","views":-1}'],
  ['a number beyond doubles', '{"title":"x","views":1e999}'],
  ['too long', JSON.stringify({ title: 'x'.repeat(101) })],
  ['not in the list', '{"title":"x","kind":"c"}'],
  ['a date that is none', '{"title":"x","at":"2026-02-30T00:00:00Z"}'],
  ['a duplicate key', '{"title":"x","title":"y"}'],
  ['__proto__', '{"title":"x","__proto__":{"role":"admin"}}'],
  ['__proto__ in JSON fields', '{"title":"x","extra":{"__proto__":{"a":1}}}'],
  ['constructor.prototype', '{"title":"x","constructor":{"prototype":{"a":1}}}'],
  ['invalid UTF-8', Buffer.concat([Buffer.from('{"title":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')])],
  ['NUL', '{"title":"a\\u0000b"}'],
  ['half a surrogate pair', '{"title":"\\ud800"}'],
  ['deep nesting', `{"title":"x","extra":${'['.repeat(5000)}${']'.repeat(5000)}}`],
  ['an array', '[]'],
  ['a string', '"title"'],
  ['null', 'null'],
  ['half an object', '{"title":'],
  ['nothing at all', ''],
  ['a byte order mark', '\ufeff\ufeff{"title":"x"}'],
]

t.test('bodies', async (t) => {
  for (const [what, body] of bodies) {
    for (const [method, path] of [
      ['POST', '/notes'],
      ['PATCH', `/notes/${note.id}`],
    ] as const) {
      if (method === 'PATCH' && what === 'nothing') continue // changes nothing, which is fine
      const { status, code, text } = await raw(path, body, {}, method)
      t.ok(status >= 400 && status < 500 && code !== undefined, `${method} ${what}: ${status} ${text.slice(0, 120)}`)
    }
  }
  t.equal((await call('GET', '/notes')).body.length, 1, 'nothing of it was stored')
})

t.test('large bodies and wrong types of content', async (t) => {
  const large = JSON.stringify({ title: 'x'.repeat(1024 * 1024 + 10) })
  t.match(await raw('/notes', large), { status: 413, code: 'PAYLOAD_TOO_LARGE' })
  t.match(await raw('/notes', JSON.stringify({ title: 'x'.repeat(1024 * 1000) })), {
    status: 400,
    code: 'VALIDATION_FAILED',
  })
  t.match(await raw('/auth/login', JSON.stringify({ email: 'x'.repeat(17_000), password: 'x' })), { status: 413 })
  for (const type of [
    'text/plain',
    'application/xml',
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded',
    'rubbish',
  ]) {
    t.match(
      await raw('/notes', '{"title":"x"}', { 'content-type': type }),
      { status: 415, code: 'UNSUPPORTED_MEDIA_TYPE' },
      type,
    )
  }
  const utf16 = { 'content-type': 'application/json; charset=utf-16' }
  t.match(await raw('/notes', '{"title":"x"}', utf16), { status: 415 })
})

t.test('login takes strings and nothing that could become one', async (t) => {
  const { email, password } = credentials
  for (const body of [
    { email: [email], password },
    { email, password: [password] },
    { email, password: true },
    { email, password: 12345678 },
    { email: { toString: 'x' }, password },
    { email, password, role: 'admin' },
    { email },
    { password },
    {},
    null,
  ]) {
    const { status, body: answer } = await call('POST', '/auth/login', body)
    t.equal(status, 400, JSON.stringify(body).replace(password, '…'))
    t.type(answer.error.code, 'string')
  }
  t.match(
    await call('POST', `/auth/login?email=${email}`, { email, password }),
    { status: 200 },
    'the query means nothing',
  )
})

t.test('addresses that are not one address', async (t) => {
  for (const email of [
    'a@b.c,d@e.f',
    'a@b.c;d@e.f',
    'a@b.c d@e.f',
    '"x@evil.test y"@victim.test',
    '<a@b.c>',
    'A <a@b.c>',
    'a@b',
    'a@',
    '@b.c',
    'a\r\nBcc: x@y.z@b.c',
    'a\u0009@b.c',
    'a\uff20b.c',
    'a\ufe6bb.c',
    `${'x'.repeat(65)}@example.com`,
    `a@${'x'.repeat(250)}.com`,
    'a@b..c',
    '',
    'a@[127.0.0.1]',
    '..@example.com',
  ]) {
    const { status, body } = await call('POST', '/users', { email, role: 'user' }, token)
    t.equal(status, 400, JSON.stringify(email))
    t.match(body.error.code, /INVALID_EMAIL|VALIDATION_FAILED/)
  }
  t.equal((await call('GET', '/users', undefined, token)).body.length, 1)
})

t.test('ids', async (t) => {
  for (const id of [
    'nope',
    '%00',
    '..%2f..%2fetc',
    '1e1',
    '01',
    '-1',
    '9'.repeat(30),
    'x'.repeat(90),
    '1%27%20OR%201=1',
    '%F0%9F%98%80',
    '__proto__',
  ]) {
    for (const collection of ['notes', 'posts', 'users']) {
      for (const method of ['GET', 'DELETE', 'PATCH']) {
        const { status, body } = await call(
          method,
          `/${collection}/${id}`,
          method === 'PATCH' ? { title: 'y' } : undefined,
          token,
        )
        t.match({ status, code: body.error.code }, { status: 404, code: 'NOT_FOUND' }, `${method} /${collection}/${id}`)
      }
    }
  }
  t.match(await call('GET', '/notes/%'), { status: 400, body: { error: { code: String } } })
  t.match(await call('GET', `/notes/${'x'.repeat(2000)}`), { status: /404|414/, body: { error: { code: String } } })
})

t.test('queries', async (t) => {
  for (const query of [
    'nope=1',
    'views=abc',
    'open=1',
    'at=yesterday',
    '_sort=nope',
    '_page=0',
    '_page=x',
    '_limit=-1',
    '_limit=1001',
    '_fields=nope',
    '_expand=nope',
    '_embed=nope',
    '_embed=users',
    'extra=1',
    'views_gt=1&views_gt=2',
    'title=%00',
    '_sort=extra',
    'q=',
    'title[$ne]=x',
    '__proto__=1',
    'constructor=1',
    'hasOwnProperty=1',
    '_where=1',
    'title_=1',
    '_limit=10;drop table notes',
  ]) {
    const { status, body } = await call('GET', `/notes?${query}`)
    t.match({ status, code: body.error?.code }, { status: 400, code: 'VALIDATION_FAILED' }, query)
  }
})

t.test('what never becomes a request', async (t) => {
  const cases: [string, RegExp][] = [
    ['RUBBISH\r\n\r\n', /^HTTP\/1\.1 400 .*"BAD_REQUEST"/s],
    [`GET / HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`, /^HTTP\/1\.1 431 .*"HEADERS_TOO_LARGE"/s],
    ['POST /notes HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n', /^HTTP\/1\.1 400 /],
  ]
  for (const [bytes, expected] of cases) {
    const socket = connect(server.port, '127.0.0.1')
    socket.end(bytes)
    let answer = ''
    socket.on('data', (chunk) => {
      answer += chunk.toString()
    })
    await once(socket, 'close')
    t.match(answer, expected)
  }
})

t.test('unknown routes and methods', async (t) => {
  for (const [method, path] of [
    ['GET', '/nope'],
    ['PUT', '/notes'],
    ['GET', '/auth/nope'],
    ['GET', '/auth_mails'],
    ['GET', '/jex_loads'],
    ['GET', '//notes'],
    ['GET', '/NOTES'],
  ] as const) {
    t.match(
      await call(method, path, undefined, token),
      { status: 404, body: { error: { code: 'NOT_FOUND' } } },
      `${method} ${path}`,
    )
  }
})

t.test('after all of it nothing was a 500', async (t) => {
  t.equal((await call('GET', '/health')).status, 200)
  t.notMatch(server.output(), /"level":50|request failed/)
})
