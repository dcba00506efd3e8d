import { connect } from 'node:net'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { good } from './attacks.js'
import { protectedApp } from './protected-app.js'

t.test('authorization-header', async (t) => {
  const routes = (app: FastifyInstance) => void app.post('/echo', () => ({}))
  const { app, get } = await protectedApp({}, { routes })
  t.teardown(() => app.close())
  const url = await app.listen({ port: 0, host: '127.0.0.1' })

  t.test('no header is a missing token, on every other way to bring one too', async (t) => {
    const missing = { status: 401, code: 'MISSING_TOKEN', challenge: 'Bearer' }
    t.match(await get(), missing)
    t.match(await get(undefined, `/me?access_token=${good}&token=${good}`), missing)
    const cookie = await app.inject({ url: '/me', headers: { cookie: `token=${good}; access_token=${good}` } })
    t.match(cookie, { statusCode: 401, headers: { 'www-authenticate': 'Bearer' } })
  })

  t.test('nor in a body', async (t) => {
    const body = { access_token: good, token: good, authorization: `Bearer ${good}` }
    t.match(await app.inject({ method: 'POST', url: '/echo', body }), { statusCode: 401 })
  })

  t.test('any other header is an invalid one', async (t) => {
    const odd = ['', 'Bearer', 'Bearer ', `Bearer  ${good}`, `Bearer\t${good}`, `Bearer ${good}, Bearer ${good}`]
    odd.push(
      good,
      `Basic ${good}`,
      `Bearer: ${good}`,
      `Token ${good}`,
      `Bearer ${good} x`,
      `BearerX ${good}`,
      `"Bearer" ${good}`,
    )
    for (const header of odd) t.match(await get(header), { status: 401, code: 'INVALID_TOKEN' }, header.slice(0, 40))
  })

  t.test('the scheme is case-insensitive (RFC 9110 section 11.1)', async (t) => {
    for (const scheme of ['bearer', 'BEARER', 'bEaReR']) t.match(await get(`${scheme} ${good}`), { status: 200 })
  })

  t.test('two headers, as Node takes them from the wire', async (t) => {
    for (const [first, second] of [
      [good, good],
      [good, 'x'],
      ['x', good],
    ]) {
      const answer = await raw(url, [`Authorization: Bearer ${first}`, `authorization: Bearer ${second}`])
      t.match(answer, /^HTTP\/1\.1 401 /)
      t.match(answer, /INVALID_TOKEN/)
    }
    t.match(await raw(url, [`Authorization: Bearer ${good}`]), /^HTTP\/1\.1 200 /)
  })

  t.test('white space and nothing, as Node takes them from the wire', async (t) => {
    const refused = [
      '',
      ' ',
      '\t',
      'Bearer',
      'Bearer ',
      'Bearer\t',
      `Bearer\t${good}`,
      `Bearer \t${good}`,
      `\vBearer ${good}`,
    ]
    refused.push(`Bearer ${good}\t${good}`, `Bearer ${good} ${good}`, `Bearer ${good};`, `Bearer\u00a0${good}`, good)
    for (const value of refused) {
      const answer = await raw(url, [`Authorization: ${value}`])
      t.match(answer, /^HTTP\/1\.1 40[01] /, JSON.stringify(value.slice(0, 12)))
      if (answer.startsWith('HTTP/1.1 401')) t.match(answer, /INVALID_TOKEN/)
    }
    for (const padded of [`Bearer ${good} `, `\tBearer ${good}\t`, `   Bearer ${good}`]) {
      t.match(
        await raw(url, [`Authorization:${padded}`]),
        /^HTTP\/1\.1 200 /,
        'space around a field value is no part of it',
      )
    }
    t.match(await raw(url, [`Authorization: Bearer`, ` ${good}`]), /^HTTP\/1\.1 40[01] /, 'no line goes on in the next')
    t.match(await raw(url, [`Authorization : Bearer ${good}`]), /^HTTP\/1\.1 400 /, 'no space before the colon')
  })
})

/** One request byte by byte, past every client that would tidy it up. */
function raw(url: string, headers: readonly string[]): Promise<string> {
  const { hostname, port, host } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname)
    let answer = ''
    socket.setEncoding('utf8').on('data', (data) => {
      answer += data
    })
    socket.on('end', () => resolve(answer)).on('error', reject)
    socket.write(`GET /me HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n${headers.join('\r\n')}\r\n\r\n`)
  })
}
