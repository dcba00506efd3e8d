import type { Result } from '../run.js'
import { startServerProcess } from '../server-process.js'
import { median } from './noop.js'

const USERS = 1000
const SAMPLES = 200
const PASSWORD = 'not the password of anybody'

interface Identity {
  url: string
  emails: string[]
}

/**
 * How long answers take that must not tell who has an account: for accounts and for addresses without one, in turn. Each
 * sample is about another address, so that no limit is met.
 */
export async function enumeration(): Promise<Result[]> {
  const ours = await startServerProcess<Identity>(
    'identity',
    String(USERS),
    JSON.stringify({ JEX__AUTH__REQUIRE_VERIFIED_EMAIL: 'true' }),
  )
  try {
    const { url, emails } = ours.ready
    const login = (email: string) => post(`${url}/auth/login`, { email, password: PASSWORD })
    const results: Result[] = []
    for (const [title, request] of [
      ['login', login],
      ['forgot', (email: string) => post(`${url}/auth/password/forgot`, { email })],
      ['resend', (email: string) => post(`${url}/auth/verify/resend`, { email })],
      ['register, verified only', (email: string) => post(`${url}/auth/register`, { email, password: PASSWORD })],
    ] as const) {
      const times: { known: number[]; unknown: number[] } = { known: [], unknown: [] }
      for (let warm = 0; warm < 10; warm++) await request(`warm-${title[0]}-${warm}@example.com`)
      for (let sample = 0; sample < SAMPLES; sample++) {
        const unknown = `${process.pid}-${title[0]}${title.length}-${sample}@example.com`
        times.known.push(await timed(() => request(emails[sample] ?? '')))
        times.unknown.push(await timed(() => request(unknown)))
      }
      const [known, unknown] = [median(times.known), median(times.unknown)]
      results.push({
        title: `${title}: the slower median, times the faster`,
        ratio: Math.max(known, unknown) / Math.min(known, unknown),
        aim: { at: 'most', value: 1.1 },
        figures: { median: `${known.toFixed(2)} ms with an account, ${unknown.toFixed(2)} ms without` },
      })
    }
    return results
  } finally {
    await ours.stop()
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

async function post(url: string, body: object): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  await response.arrayBuffer()
  if (![202, 401].includes(response.status)) throw new Error(`${url}: ${response.status}`)
}
