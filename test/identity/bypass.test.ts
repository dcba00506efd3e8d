import t from 'tap'
import { CANARY, guardedApp } from './guarded-app.js'
import { PASSWORD } from './people.js'
import { SECRET } from './tokens.js'
import { onTheWire } from './wire.js'

const PONG = JSON.stringify({ pong: true })
const { server, call, ann } = await guardedApp(t)
const [note] = (await call('GET', '/notes', undefined, ann.access)).body
const guarded = ['/notes', `/notes/${note.id}`, '/notes/digest/all', '/users', `/users/${ann.id}`, '/auth/me']

/** Other ways to write a path, which a proxy, a router or a framework may take for the same. */
function spellings(path: string): string[] {
  const [, first = '', rest = ''] = /^\/(.)(.*)$/.exec(path) ?? []
  const encoded = first.charCodeAt(0).toString(16)
  const ways = [
    `/${path}`,
    `//${path}`,
    `${path}/`,
    `${path}//`,
    `${path};`,
    `${path};a=b`,
    `/;${path}`,
    `${path}.json`,
  ]
  ways.push(`/%${encoded}${rest}`, `/%25${encoded}${rest}`, `/.${path}`, `/x/..${path}`, `/open/..${path}`)
  ways.push(`/open/ping/..${path}`, `/open/any/..${path}`, `/open/%2e%2e${path}`, `/open%2f..${path}`, `/open${path}`)
  ways.push(
    path.toUpperCase(),
    `/${first.toUpperCase()}${rest}`,
    `${path}%00`,
    `${path}%20`,
    `${path}%2f`,
    `${path}%0a`,
  )
  ways.push(`${path}?`, `${path}?access_token=${ann.access}`, `${path}#x`, `${path}?/open/ping`, `/\\${path.slice(1)}`)
  ways.push(
    `http://127.0.0.1${path}`,
    `http://open.example${path}`,
    `${path}%c0%af`,
    `/%2f${path.slice(1)}`,
    path.slice(1),
  )
  return [path, ...ways]
}

t.test('no spelling of a path opens a protected route', async (t) => {
  for (const path of guarded.flatMap(spellings)) {
    for (const method of ['GET', 'HEAD', 'OPTIONS']) {
      const { status, text } = await onTheWire(server.port, method, path)
      // the open wildcard takes dots for a name: it answers itself, and nobody it could be taken for
      const byWildcard = path.startsWith('/open/any/') && status === 200 && (method === 'HEAD' || text.endsWith(PONG))
      const closed = status >= 400 && status < 500 && !text.includes(CANARY)
      if (!closed && !byWildcard) t.fail(`${method} ${path}: ${text}`)
    }
  }
  t.equal((await onTheWire(server.port, 'GET', '/open/ping')).status, 200, 'what is open is open')
  t.match((await onTheWire(server.port, 'GET', '/notes', [`Authorization: Bearer ${ann.access}`])).text, CANARY)
})

t.test('no method opens a protected route', async (t) => {
  const methods = ['POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND', 'QUERY', 'get', 'FOO']
  for (const path of guarded) {
    for (const method of methods) {
      const { status, text } = await onTheWire(server.port, method, path, [], '{}')
      if (!(status >= 400 && status < 500)) t.fail(`${method} ${path}: ${text.slice(0, 200)}`)
    }
  }
})

t.test('no header field stands for a token or for another request', async (t) => {
  const fields = ['X-HTTP-Method-Override: GET', 'X-HTTP-Method: GET', 'X-Method-Override: OPTIONS']
  fields.push(
    'X-Original-URL: /open/ping',
    'X-Rewrite-URL: /open/ping',
    'X-Forwarded-Prefix: /open',
    'Forwarded: for=::1',
  )
  fields.push('X-Forwarded-For: 127.0.0.1', `X-User-Id: ${ann.id}`, 'X-User-Role: admin', `Cookie: token=${ann.access}`)
  fields.push(`Proxy-Authorization: Bearer ${ann.access}`, `X-Authorization: Bearer ${ann.access}`, 'Upgrade: h2c')
  for (const field of fields) {
    for (const method of ['GET', 'POST']) {
      const { status, text } = await onTheWire(server.port, method, '/notes', [field], method === 'POST' ? '{}' : '')
      t.equal(status, 401, `${method} with ${field.slice(0, 40)}`)
      t.match(text, /MISSING_TOKEN/)
    }
  }
})

t.test('an Authorization header as it comes from the wire', async (t) => {
  const good = ann.access
  const invalid = [
    ['Authorization:'],
    ['Authorization: '],
    ['Authorization: \t'],
    ['Authorization: Bearer'],
    ['Authorization: Bearer '],
    [`Authorization: Bearer  ${good}`],
    [`Authorization: Bearer\t${good}`],
    [`Authorization: Bearer ${good}, Bearer ${good}`],
    [`Authorization: Bearer ${good},`],
    [`Authorization: Basic ${good}`],
    [`Authorization: ${good}`],
    [`Authorization: Bearer ${good}`, `Authorization: Bearer ${good}`],
    [`Authorization: Bearer ${good}`, 'authorization: Bearer x'],
    ['AUTHORIZATION: x', `Authorization: Bearer ${good}`],
    ['Authorization:', `Authorization: Bearer ${good}`],
  ]
  for (const headers of invalid) {
    const { status, text } = await onTheWire(server.port, 'GET', '/auth/me', headers)
    t.equal(status, 401, headers.join(' | ').slice(0, 60))
    t.match(text, /INVALID_TOKEN/)
    t.match(text, /www-authenticate: Bearer error="invalid_token"/i)
  }
  for (const headers of [[`Authorization : Bearer ${good}`], ['Authorization: Bearer', ` ${good}`]]) {
    const { status } = await onTheWire(server.port, 'GET', '/auth/me', headers)
    t.ok(status === 400 || status === 401, headers.join(' | ').slice(0, 60))
  }
  for (const header of [
    `authorization: bearer ${good}`,
    `Authorization:Bearer ${good} \t`,
    `AUTHORIZATION: BEARER ${good}`,
  ]) {
    t.equal((await onTheWire(server.port, 'GET', '/auth/me', [header])).status, 200)
  }
  const body = JSON.stringify({ access_token: good, text: 'x' })
  t.match((await onTheWire(server.port, 'POST', '/notes', [], body)).text, /MISSING_TOKEN/)
  const huge = await onTheWire(server.port, 'GET', '/auth/me', [`Authorization: Bearer ${'A'.repeat(100_000)}`])
  t.equal(huge.status, 431)
})

t.test('nothing of all this was a failure of the server, or told in its log', async (t) => {
  const log = server.output()
  t.notMatch(log, /"level":(50|60)/)
  t.notOk(log.includes(SECRET) || log.includes(PASSWORD) || log.includes(ann.access))
})
