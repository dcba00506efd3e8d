import { Agent, get } from 'node:http'
import type { Result } from '../run.js'
import { startServerProcess } from '../server-process.js'
import { postLogin } from './login.js'
import { median } from './noop.js'

const USERS = 1000
const ROUNDS = 4
const MILLISECONDS = 5000
const EVERY_MS = 10
const LOGINS = 64

interface Identity {
  url: string
  tokens: string[]
  emails: string[]
  password: string
}

/** Protected reads at a fixed rate while a storm of logins is in flight, against the same when nobody signs in. */
export async function storm(): Promise<Result[]> {
  const ours = await startServerProcess<Identity>('identity', String(USERS))
  const idle: number[] = []
  const busy: number[] = []
  let signedIn = 0
  try {
    for (let round = 0; round < ROUNDS; round++) {
      idle.push(p99(await reads(ours.ready)))
      let over = false
      const clients = Array.from({ length: LOGINS }, async (_, index) => {
        while (!over) {
          const { status } = await postLogin(ours.ready.url, ours.ready.emails[index] ?? '', ours.ready.password)
          if (status === 200) signedIn++
        }
      })
      busy.push(p99(await reads(ours.ready)))
      over = true
      await Promise.all(clients)
    }
  } finally {
    await ours.stop()
  }
  return [
    {
      title: `p99 of protected reads during ${LOGINS} logins, times the same when idle`,
      ratio: median(busy) / median(idle),
      aim: { at: 'most', value: 4 },
      figures: {
        p99: `${median(busy).toFixed(2)} ms against ${median(idle).toFixed(2)} ms`,
        'logins meanwhile': `${((signedIn * 1000) / (ROUNDS * MILLISECONDS)).toFixed(0)} per second`,
      },
    },
  ]
}

/** Latencies in ms of reads sent at a fixed rate, whether or not earlier ones have been answered. */
export async function reads({ url, tokens }: Pick<Identity, 'url' | 'tokens'>): Promise<number[]> {
  const agent = new Agent({ keepAlive: true })
  const pending: Promise<number>[] = []
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      pending.push(read(`${url}/noop`, tokens[pending.length % tokens.length] ?? '', agent))
      if (pending.length < MILLISECONDS / EVERY_MS) return
      clearInterval(timer)
      resolve()
    }, EVERY_MS)
  })
  const latencies = await Promise.all(pending)
  agent.destroy()
  return latencies
}

function read(url: string, token: string, agent: Agent): Promise<number> {
  const start = performance.now()
  return new Promise((resolve, reject) => {
    const sent = get(url, { agent, headers: { authorization: `Bearer ${token}` } }, (response) => {
      response.resume()
      response.on('end', () => {
        if (response.statusCode === 200) resolve(performance.now() - start)
        else reject(new Error(`read: ${response.statusCode}`))
      })
    })
    sent.on('error', (error: NodeJS.ErrnoException) => {
      // the server has closed an idle connection just when it was taken again: any client would try another
      if (sent.reusedSocket && error.code === 'ECONNRESET') resolve(read(url, token, agent))
      else reject(error)
    })
  })
}

export function p99(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length * 0.99)] ?? 0
}
