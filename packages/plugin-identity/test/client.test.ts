import Fastify from 'fastify'
import t from 'tap'
import { clientOf } from '../src/client.js'

const rateLimiter = { networkOf: ({ ip }: { ip: string }) => `network of ${ip}` }
const { log } = Fastify()
const request = { ip: '198.51.100.7', headers: { 'user-agent': 'curl/8' }, hungUp: null, user: null, log }

t.test('who is at the other end of a request', async (t) => {
  t.match(clientOf(request, rateLimiter), {
    address: '198.51.100.7',
    network: 'network of 198.51.100.7',
    userAgent: 'curl/8',
    signal: undefined,
  })
  t.equal(clientOf({ ...request, headers: {} }, rateLimiter).userAgent, '')
  t.equal(clientOf({ ...request, headers: { 'user-agent': 'x'.repeat(300) } }, rateLimiter).userAgent.length, 256)
})

t.test('a socket that is closed has no address any more, whatever the type of request.ip says', async (t) => {
  const gone = { ...request, ip: undefined as unknown as string }
  t.equal(clientOf(gone, rateLimiter).address, 'unknown')
})
