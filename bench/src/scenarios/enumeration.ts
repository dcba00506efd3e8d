import { setTimeout as pause } from 'node:timers/promises'
import type { Result } from '../run.js'
import { startServerProcess } from '../server-process.js'
import { median } from './noop.js'

const USERS = 1000
const SAMPLES = 200
/** Between two samples, so that the mail of one is not sent while the other is timed. */
const QUIET_MS = 30
const PASSWORD = 'not the password of anybody'

interface Identity {
  url: string
  emails: string[]
  disabled: string[]
  passwordless: string[]
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
    const { url, emails, disabled, passwordless } = ours.ready
    const unknown = Array.from({ length: SAMPLES }, (_, i) => `${process.pid}-${i}@example.com`)
    const accounts = { 'with an account': emails, without: unknown, disabled, passwordless }
    const login = (email: string) => post(`${url}/auth/login`, { email, password: PASSWORD })
    const results: Result[] = []
    for (const [title, request] of [
      ['login', login],
      ['forgot', (email: string) => post(`${url}/auth/password/forgot`, { email })],
      ['resend', (email: string) => post(`${url}/auth/verify/resend`, { email })],
      // last: whoever has none has one then
      ['register, verified only', (email: string) => post(`${url}/auth/register`, { email, password: PASSWORD })],
    ] as const) {
      for (let warm = 0; warm < 10; warm++) await request(`warm-${title[0]}-${warm}@example.com`)
      const times: Record<string, number[]> = {}
      for (let sample = 0; sample < SAMPLES; sample++) {
        for (const [name, list] of Object.entries(accounts)) {
          await pause(QUIET_MS)
          times[name] ??= []
          times[name].push(await timed(() => request(list[sample] ?? '')))
        }
      }
      const medians = Object.entries(times).map(([name, list]) => [name, median(list)] as const)
      const all = medians.map(([, value]) => value)
      results.push({
        title: `${title}: the slowest median, times the fastest`,
        ratio: Math.max(...all) / Math.min(...all),
        aim: { at: 'most', value: 1.1 },
        figures: Object.fromEntries(medians.map(([name, value]) => [name, `${value.toFixed(2)} ms`])),
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
