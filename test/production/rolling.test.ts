import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { type Answer, type Call, client } from '../harness/client.js'
import { freePort, type RunningServer } from '../harness/server.js'
import { adminOf, PASSWORD, startStack } from './stack.js'

const OLD = 'Zs2ggnAvNQpyxWVWRuqeJwkMHcHLDYyMuYiPwqFMLvY'
const NEW = 'pJ0Vq8mB8eY0xCj1iYwL4xkZp2Q6rT9uWsEoKdAfGhI'
const CLIENTS = 12

/** A call by way of whichever instance takes it, as a proxy in front of them would place it. */
function balanced(urls: readonly string[]): Call {
  let turn = 0
  const calls = urls.map((url) => client(url))
  return async (...request) => {
    for (let attempt = 0; ; attempt++) {
      try {
        return await (calls[turn++ % calls.length] as Call)(...request)
      } catch (error) {
        if (attempt === 100) throw error
        await pause(20) // that one is being replaced
      }
    }
  }
}

t.test('instances are replaced under load, and the secret with them: no client notices', async (t) => {
  const stack = await startStack(t, { env: { JEX__RATELIMIT__ENABLED: 'false', JEX__WORKER: 'true' } })
  const ports = [String(await freePort()), String(await freePort())]
  const start = (port: string, more: Record<string, string> = {}) => stack.serve({ PORT: port, ...more })
  const servers: RunningServer[] = []
  for (const port of ports) servers.push(await start(port))
  const admin = await adminOf(servers[0] as RunningServer)
  const call = balanced(servers.map(({ url }) => url))

  let over = false
  let answers = 0
  const wrong: string[] = []
  const good = (answer: Answer, ...statuses: number[]) => {
    answers++
    if (!statuses.includes(answer.status)) wrong.push(`${answer.status} ${answer.text}`)
    return answer
  }
  const live = async (number: number) => {
    const email = `client-${number}@example.com`
    let session = good(await call('POST', '/auth/register', { email, password: PASSWORD }), 201).body
    for (let step = number; !over; step++) {
      if (step % 5 === 0) {
        session = good(await call('POST', '/auth/refresh', { refreshToken: session.refreshToken }), 200).body
      } else if (step % 7 === 0) {
        // one that was sent twice by the proxy is there already
        good(await call('POST', '/users', { email: `u${step}-${email}`, role: 'user' }, admin), 201, 409)
      } else {
        good(await call('GET', '/auth/me', undefined, session.accessToken), 200)
      }
    }
    return session
  }
  const sessions = Promise.all(Array.from({ length: CLIENTS }, (_, number) => live(number)))
  const replaceAll = async (more: Record<string, string>) => {
    for (const [index, port] of ports.entries()) {
      const before = answers
      while (answers < before + 50) await pause(10) // everything is under load
      t.equal(await servers[index]?.stop(), 0, 'SIGTERM under load ends it with 0')
      servers[index] = await start(port, more)
    }
  }
  await replaceAll({ JEX__AUTH__PREVIOUS_SECRETS: NEW }) // all of them know the new one before any signs with it
  await replaceAll({ JEX__AUTH__SECRET: NEW, JEX__AUTH__PREVIOUS_SECRETS: OLD })
  over = true
  const lasting = await sessions
  t.strictSame(wrong, [])

  // those who refresh while both are known go on when the old one is gone
  const renewed = await call('POST', '/auth/refresh', { refreshToken: lasting[0].refreshToken })
  await servers[0]?.stop()
  await servers[1]?.stop()
  servers[0] = await start(ports[0] as string, { JEX__AUTH__SECRET: NEW })
  const last = client(servers[0].url)
  t.equal((await last('GET', '/auth/me', undefined, renewed.body.accessToken)).status, 200)
  t.match(await last('GET', '/auth/me', undefined, admin), { status: 401, body: { error: { code: 'INVALID_TOKEN' } } })
  t.equal((await last('POST', '/auth/refresh', { refreshToken: renewed.body.refreshToken })).status, 200)
  t.equal(await servers[0].stop(), 0)
})
