import type { Finding } from '@json-express/core'
import type { Examined } from './examined.js'

const TIMEOUT_MS = 3000
const TOLERANCE_MS = 5000
const SECOND = 1000
const subject = 'clock'

/** Compares this machine's clock with one that is asked anyway: tokens that are not valid yet, or no more, are refused. */
export async function clock({ settings }: Pick<Examined, 'settings'>): Promise<Finding[]> {
  if (settings === null) return []
  const urls = [settings.get('auth.jwksUri'), settings.production ? settings.get('publicUrl') : undefined]
  for (const url of urls) {
    if (typeof url !== 'string') continue
    const off = await millisecondsOff(url)
    if (off !== null) return [judge(off, new URL(url).host)]
  }
  return [{ subject, level: 'ok', message: 'not compared: no other clock could be asked' }]
}

function judge(off: number, host: string): Finding {
  if (Math.abs(off) <= TOLERANCE_MS) return { subject, level: 'ok', message: `agrees with ${host}` }
  const seconds = Math.round(Math.abs(off) / SECOND)
  return {
    subject,
    level: 'warning',
    message: `${seconds} s ${off > 0 ? 'ahead of' : 'behind'} ${host}`,
    remedy: 'Keep the time with NTP: timedatectl set-ntp true',
  }
}

/** How far this clock is ahead of the one that answers, `null` when none does. `Date` tells seconds (RFC 9110 6.6.1). */
async function millisecondsOff(url: string): Promise<number | null> {
  try {
    const before = Date.now()
    const { headers, body } = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) })
    const after = Date.now()
    await body?.cancel()
    // a cache tells when the answer was made, and how long ago that was (RFC 9111 section 5.1)
    const there = Date.parse(headers.get('date') ?? '') + Number(headers.get('age') ?? 0) * SECOND
    if (Number.isNaN(there)) return null
    if (before > there + SECOND) return before - there - SECOND
    return Math.min(0, after - there)
  } catch {
    return null // whether it can be reached is another question
  }
}
