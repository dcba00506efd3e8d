import { Agent, request } from 'node:http'
import { availableParallelism } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import type { Result } from '../run.js'
import { startServerProcess } from '../server-process.js'
import { median } from './noop.js'

const USERS = 1000
const CLIENTS = 10_000
const MILLISECONDS = 20_000
/** Of the clients, one in this many knows his password. */
const HONEST = 10

interface Identity {
  url: string
  tokens: string[]
  emails: string[]
  password: string
}

/**
 * Ten thousand clients sign in at once, each from a network of its own, most of them guessing, and come again when they
 * are told to. Against the bare verifications of the same machine, and against protected reads when nobody signs in.
 */
export async function attack(): Promise<Result[]> {
  const concurrency = Math.max(1, Math.min(availableParallelism(), 2))
  const loop = await startServerProcess<{ perSecond: number }>('argon2-loop', String(concurrency), '5000')
  await loop.stop()
  const ours = await startServerProcess<Identity>(
    'identity',
    String(USERS),
    JSON.stringify({ JEX__TRUST_PROXY: '127.0.0.1' }),
  )
  try {
    const idle = await protectedReads(ours.ready)
    const end = performance.now() + MILLISECONDS
    const answers: Answer[] = []
    const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS })
    const clients = Array.from({ length: CLIENTS }, (_, index) => client(ours.ready, index, agent, end, answers))
    const busy = await protectedReads(ours.ready)
    const later = await protectedReads(ours.ready)
    await Promise.all(clients)
    agent.destroy()
    const memory = await ours.memory()
    const hashed = answers.filter(({ status }) => status === 200 || status === 401)
    const refused = answers.filter(({ status }) => status === 503 || status === 429 || status === 423)
    const good = answers.filter(({ status }) => status === 200).length
    const strange = answers.length - hashed.length - refused.length
    const perSecond = (count: number) => (count * 1000) / MILLISECONDS
    return [
      {
        title: `logins checked per second with ${CLIENTS} clients, times a bare argon2 loop`,
        ratio: perSecond(hashed.length) / loop.ready.perSecond,
        aim: { at: 'least', value: 0.7 },
        figures: {
          'per second': `${perSecond(hashed.length).toFixed(1)} against ${loop.ready.perSecond.toFixed(1)}, ${perSecond(good).toFixed(1)} of them with the right password`,
          refused: `${refused.length}, in ${median(refused.map(({ ms }) => ms)).toFixed(0)} ms (median, with the load generator on the same cores)`,
          'other answers': String(strange),
          'protected reads': `p99 ${busy.toFixed(1)} ms in the first seconds, ${later.toFixed(1)} ms after, ${idle.toFixed(1)} ms when idle`,
          'memory at most': `${memory.toFixed(0)} MiB`,
        },
      },
    ]
  } finally {
    await ours.stop()
  }
}

/** p99 in ms, seen by a process of its own. */
async function protectedReads({ url, tokens }: Identity): Promise<number> {
  const target = JSON.stringify({ url, tokens: tokens.slice(0, 50) })
  const reader = await startServerProcess<{ p99: number }>('reader', target)
  await reader.stop()
  return reader.ready.p99
}

interface Answer {
  status: number
  ms: number
}

async function client(
  { url, emails, password }: Identity,
  index: number,
  agent: Agent,
  end: number,
  answers: Answer[],
): Promise<void> {
  const honest = index % HONEST === 0
  const email = emails[index % emails.length] ?? ''
  const address = `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`
  while (performance.now() < end) {
    const start = performance.now()
    const { status, retryAfter } = await login(url, { email, password: honest ? password : 'a guess' }, address, agent)
    answers.push({ status, ms: performance.now() - start })
    if (status === 200 || status === 0) return
    await delay(Math.min(retryAfter * 1000, Math.max(0, end - performance.now())))
  }
}

function login(
  url: string,
  body: object,
  address: string,
  agent: Agent,
): Promise<{ status: number; retryAfter: number }> {
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/json', 'x-forwarded-for': address }
    const sent = request(`${url}/auth/login`, { method: 'POST', agent, headers }, (response) => {
      response.resume()
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, retryAfter: Number(response.headers['retry-after'] ?? 1) }),
      )
    })
    sent.on('error', () => resolve({ status: 0, retryAfter: 1 }))
    sent.end(JSON.stringify(body))
  })
}
