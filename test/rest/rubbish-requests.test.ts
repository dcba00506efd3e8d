import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { notesApp } from '../harness/notes-app.js'

const { server, call, token } = await notesApp(t)

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
