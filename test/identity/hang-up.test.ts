import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import t from 'tap'
import { quickApp } from '../harness/quick-app.js'

t.test('a client that hangs up amid a refresh: its session is listed, at an unknown address', async (t) => {
  const { app, call, register } = await quickApp(t)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const { accessToken, refreshToken } = (await register('ann@example.com')).body
  const list = () => call('GET', '/auth/sessions', undefined, accessToken)
  const [before] = (await list()).body

  const body = JSON.stringify({ refreshToken })
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  const head = [
    'POST /auth/refresh HTTP/1.1',
    'Host: x',
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
  ]
  socket.write(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.resetAndDestroy())
  await once(socket, 'close')

  for (;;) {
    const { status, body } = await list()
    if (status === 200 && body[0].lastUsedAt === before.lastUsedAt) continue // still under way
    t.equal(status, 200)
    t.match(body, [{ id: before.id, client: { address: 'unknown', userAgent: '' } }])
    return
  }
})
