import { Agent, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { type Answer, type Call, client } from '../harness/client.js'
import { eventually } from '../harness/eventually.js'
import { freePort, type RunningServer } from '../harness/server.js'
import { adminOf, PASSWORD, startStack } from './stack.js'

const OLD = 'Zs2ggnAvNQpyxWVWRuqeJwkMHcHLDYyMuYiPwqFMLvY'
const NEW = 'pJ0Vq8mB8eY0xCj1iYwL4xkZp2Q6rT9uWsEoKdAfGhI'
const CLIENTS = 12

/** Of requests that were written and had no answer: the server may not have begun with any of them. */
const cut: string[] = []
/** Answers that ended in the middle. */
const torn: string[] = []

/** A call on connections that are kept. Rejects when they are refused or cut. */
function keptAlive(url: string, agent: Agent): Call {
  return (method, path, body, token) =>
    new Promise((resolve, reject) => {
      const payload = body === undefined ? undefined : JSON.stringify(body)
      const headers = {
        ...(payload !== undefined && { 'content-type': 'application/json' }),
        ...(token && { authorization: `Bearer ${token}` }),
      }
      const asked = request(`${url}${path}`, { method, agent, headers }, (response) => {
        text(response).then(
          (text) => {
            const headers = new Headers(response.headers as Record<string, string>)
            resolve({ status: response.statusCode ?? 0, headers, text, body: text && JSON.parse(text) })
          },
          (error) => {
            torn.push(`${method} ${path}`)
            reject(error)
          },
        )
      })
      asked.on('error', (error: NodeJS.ErrnoException) => {
        if (error.code !== 'ECONNREFUSED') cut.push(`${method} ${path}`)
        reject(error)
      })
      asked.end(payload)
    })
}

/**
 * A call by way of whichever instance takes it, as a proxy in front of them would place it: what one does not answer goes
 * to the other, which is there, since they are replaced one by one.
 */
function balanced(urls: readonly string[], agent: Agent): Call {
  let turn = 0
  const calls = urls.map((url) => keptAlive(url, agent))
  return async (...request) => {
    const first = turn++
    try {
      return await (calls[first % calls.length] as Call)(...request)
    } catch {
      return (calls[(first + 1) % calls.length] as Call)(...request)
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
  const agent = new Agent({ keepAlive: true })
  t.teardown(() => agent.destroy())
  const call = balanced(
    servers.map(({ url }) => url),
    agent,
  )

  let over = false
  let answers = 0
  const wrong: string[] = []
  const provisioned: string[] = []
  const good = (answer: Answer, status: number) => {
    answers++
    if (answer.status !== status) wrong.push(`${answer.status} ${answer.text}`)
    return answer
  }
  const live = async (number: number) => {
    const email = `client-${number}@example.com`
    let session = good(await call('POST', '/auth/register', { email, password: PASSWORD }), 201).body
    for (let step = number; !over; step++) {
      if (step % 5 === 0) {
        session = good(await call('POST', '/auth/refresh', { refreshToken: session.refreshToken }), 200).body
      } else if (step % 7 === 0) {
        // a 409 would say that one instance had done it, told nobody, and was asked nevertheless
        const invited = `u${step}-${email}`
        good(await call('POST', '/users', { email: invited, role: 'user' }, admin), 201)
        provisioned.push(invited)
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
  t.comment(`${answers} answers, ${cut.length} requests met a connection that was being closed`)
  t.strictSame(wrong, [])
  t.strictSame(torn, [], 'an answer that has begun arrives whole')
  const rows = await stack.postgres.query("select email from users where email like 'u%'", stack.database)
  t.strictSame(rows.map(({ email }) => email).sort(), provisioned.sort(), 'acknowledged means done, once')
  const mailed = () => stack.smtp.mails.map(({ to }) => to[0] ?? '')
  await eventually(
    'every invitation',
    async () => provisioned.filter((email) => !mailed().includes(email)),
    (missing) => missing.length === 0,
  )

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
