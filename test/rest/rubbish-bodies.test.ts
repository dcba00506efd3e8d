import t from 'tap'
import { notesApp } from '../harness/notes-app.js'

const { server, call, credentials, token, note } = await notesApp(t)

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

t.test('after all of it nothing was a 500', async (t) => {
  t.equal((await call('GET', '/health')).status, 200)
  t.notMatch(server.output(), /"level":50|request failed/)
})
