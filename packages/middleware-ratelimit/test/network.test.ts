import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import t from 'tap'
import { from, LOGIN_3, limitedApp, route } from './limited-app.js'

t.test('one client by many names', async (t) => {
  const { limiter } = await limitedApp(t)
  for (const [network, ...aliases] of [
    ['192.0.2.7', '192.0.2.7', '::ffff:192.0.2.7', '::FFFF:c000:207', '0:0:0:0:0:ffff:192.0.2.7'],
    ['2001:db8:1:2::', '2001:db8:1:2::1', '2001:0DB8:0001:0002:ffff::', '2001:db8:1:2:3:4:5:6', '2001:db8:1:2::1%lo'],
    ['fe80::', 'fe80::1%eth0', 'fe80::2'],
    ['::', '::1', '0:0:0:0:0:0:0:1'],
    ['no address', 'no address'],
    ['unknown', undefined],
  ] as const) {
    for (const ip of aliases) t.equal(limiter.networkOf({ ip: ip as string }), network, String(ip))
  }
  t.not(limiter.networkOf({ ip: '2001:db8:1:3::1' }), limiter.networkOf({ ip: '2001:db8:1:2::1' }))
})

t.test('another address of the same network is the same client', async (t) => {
  const { app } = await limitedApp(t)
  route(app, '/login', 'login')
  const statuses = []
  for (const ip of ['2001:db8::1', '2001:db8::2', '2001:0db8:0::ffff', '2001:DB8::a:b:c:d', '2001:db8:0:1::1']) {
    statuses.push((await from(app, ip)).statusCode)
  }
  t.strictSame(statuses, [200, 200, 200, 429, 200])
})

t.test('a client that hangs up before it is counted is no error', async (t) => {
  const { app, lines } = await limitedApp(t, {
    before: (app) =>
      app.addHook('onRequest', async (request) => {
        if (!request.raw.socket.destroyed) await once(request.raw.socket, 'close')
      }),
  })
  const handled = new Promise((resolve) => app.addHook('preHandler', async ({ ip }) => resolve(ip)))
  app.post('/seen', { config: { limit: 'login' } }, async () => ({}))
  await app.listen({ port: 0, host: '127.0.0.1' })
  const client = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  client.end('POST /seen HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n')
  client.destroySoon()
  t.equal(await handled, undefined, 'there is no address any more')
  t.strictSame(
    lines.filter(({ level }) => Number(level) >= 50),
    [],
  )
})

t.test('production behind a proxy that nobody told us about: one warning', async (t) => {
  for (const [options, warnings] of [
    [{}, 1],
    [{ ratelimit: { ...LOGIN_3, enabled: false } }, 1],
    [{ trustProxy: '127.0.0.1' }, 0],
    [{ mode: 'development' }, 0],
  ] as const) {
    const { app, lines } = await limitedApp(t, options)
    route(app, '/login', 'login')
    const told = () => lines.filter(({ msg }) => String(msg).includes('jex.trustProxy'))
    await from(app, '127.0.0.1')
    t.equal(told().length, 0)
    for (let i = 0; i < 3; i++) await from(app, '127.0.0.1', '/login', { 'x-forwarded-for': '203.0.113.9' })
    t.equal(told().length, warnings, JSON.stringify(options))
  }
})

t.test('behind a proxy that is trusted, clients are those it names', async (t) => {
  const { app } = await limitedApp(t, { trustProxy: '127.0.0.1' })
  route(app, '/login', 'login')
  const statuses = []
  for (const client of ['203.0.113.9', '203.0.113.9', '::ffff:203.0.113.9', '203.0.113.9', '203.0.113.10']) {
    statuses.push((await from(app, '127.0.0.1', '/login', { 'x-forwarded-for': client })).statusCode)
  }
  t.strictSame(statuses, [200, 200, 200, 429, 200])
})
