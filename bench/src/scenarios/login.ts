import { availableParallelism } from 'node:os'
import type { Result } from '../run.js'
import { startServerProcess } from '../server-process.js'
import { median } from './noop.js'

const USERS = 1000
const ROUNDS = 4
const MILLISECONDS = 5000
const CLIENTS = 16

/** Logins per second against the bare verifications that the same machine does in the same run. */
export async function login(): Promise<Result[]> {
  const concurrency = Math.max(1, Math.min(availableParallelism(), 2))
  const ours = await startServerProcess<{ url: string; emails: string[]; password: string }>('identity', String(USERS))
  const rates: { ours: number[]; loop: number[] } = { ours: [], loop: [] }
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const loop = await startServerProcess<{ perSecond: number }>(
        'argon2-loop',
        String(concurrency),
        String(MILLISECONDS),
      )
      rates.loop.push(loop.ready.perSecond)
      await loop.stop()
      rates.ours.push(await logins(ours.ready))
    }
  } finally {
    await ours.stop()
  }
  const [rate, peer] = [median(rates.ours), median(rates.loop)]
  return [
    {
      title: 'logins per second, times a bare argon2 loop',
      ratio: rate / peer,
      aim: { at: 'least', value: 0.9 },
      figures: { 'per second': `${rate.toFixed(1)} against ${peer.toFixed(1)}`, 'hashes at once': String(concurrency) },
    },
  ]
}

async function logins({ url, emails, password }: { url: string; emails: string[]; password: string }): Promise<number> {
  const end = performance.now() + MILLISECONDS
  let done = 0
  await Promise.all(
    Array.from({ length: CLIENTS }, async (_, index) => {
      for (let at = index; performance.now() < end; at += CLIENTS) {
        const { status } = await postLogin(url, emails[at % emails.length] ?? '', password)
        if (status !== 200) throw new Error(`login: ${status}`)
        done++
      }
    }),
  )
  return (done * 1000) / MILLISECONDS
}

export async function postLogin(url: string, email: string, password: string): Promise<{ status: number }> {
  const response = await fetch(`${url}/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password }),
  })
  await response.arrayBuffer()
  return response
}
