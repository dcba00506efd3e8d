import autocannon from 'autocannon'
import type { Result } from '../run.js'
import { startServerProcess } from '../server-process.js'

const USERS = 1_000_000
const ROUNDS = 4
const SECONDS = 5
const CONNECTIONS = 64

interface Load {
  perSecond: number
  cpuMicros: number
}

/** A protected endpoint that does nothing, one million users on SQLite, against raw Fastify that does nothing. */
export async function noop(print: (line: string) => void): Promise<Result[]> {
  print(`  making ${USERS} users, which takes a while the first time`)
  const raw = await startServerProcess<{ url: string }>('raw')
  const ours = await startServerProcess<{ url: string; tokens: string[] }>('identity', String(USERS))
  const ourRequests = ours.ready.tokens.map((token) => ({
    path: '/noop',
    headers: { authorization: `Bearer ${token}` },
  }))
  const rounds: { raw: Load[]; ours: Load[] } = { raw: [], ours: [] }
  const measure = async (
    server: { ready: { url: string }; cpu(): Promise<number> },
    requests: autocannon.Request[],
  ): Promise<Load> => {
    const before = await server.cpu()
    const result = await autocannon({ url: server.ready.url, connections: CONNECTIONS, duration: SECONDS, requests })
    if (result.non2xx > 0 || result.errors > 0) throw new Error(`${result.non2xx} answers were not 2xx`)
    return { perSecond: result.requests.average, cpuMicros: ((await server.cpu()) - before) / result.requests.total }
  }
  try {
    for (let round = 0; round < ROUNDS; round++) {
      rounds.raw.push(await measure(raw, [{ path: '/noop' }]))
      rounds.ours.push(await measure(ours, ourRequests))
    }
  } finally {
    await Promise.all([raw.stop(), ours.stop()])
  }
  const cpu = { raw: median(rounds.raw.map((r) => r.cpuMicros)), ours: median(rounds.ours.map((r) => r.cpuMicros)) }
  const rate = { raw: median(rounds.raw.map((r) => r.perSecond)), ours: median(rounds.ours.map((r) => r.perSecond)) }
  return [
    {
      title: 'CPU per protected request, times raw Fastify',
      ratio: cpu.ours / cpu.raw,
      aim: { at: 'most', value: 2 },
      figures: {
        'CPU per request': `${cpu.ours.toFixed(1)} µs against ${cpu.raw.toFixed(1)} µs`,
        'requests per second': `${rate.ours.toFixed(0)} against ${rate.raw.toFixed(0)}`,
      },
    },
  ]
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}
