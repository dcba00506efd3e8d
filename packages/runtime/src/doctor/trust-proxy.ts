import { BlockList, isIPv6 } from 'node:net'
import type { Finding } from '@json-express/core'
import type { Examined } from './examined.js'

/** Half of all addresses is no proxy either. */
const EVERYBODY = /\/0*[01]$/
/** The ends of both halves of IPv4 as IPv6 writes them (RFC 4291 section 2.5.5.2): such a range is believed about them too. */
const IPV4_HALVES = [
  ['::ffff:0.0.0.0', '::ffff:127.255.255.255'],
  ['::ffff:128.0.0.0', '::ffff:255.255.255.255'],
] as const

/** Whose word about a client's address is taken: rate limits and the log depend on it. */
export function trustProxy({ settings }: Pick<Examined, 'settings'>): Finding[] {
  if (settings === null) return []
  const subject = 'trustProxy'
  const ranges = settings.get('trustProxy') as readonly string[] | undefined
  if (ranges === undefined || ranges.length === 0) {
    if (!settings.production) return []
    return [
      {
        subject,
        level: 'warning',
        message: 'not set: behind a proxy all clients have its address, and share its limits',
        remedy: 'Set jex.trustProxy to the addresses of your proxy; without one, leave it unset',
      },
    ]
  }
  const wide = ranges.filter(isEverybody)
  if (wide.length === 0) return [{ subject, level: 'ok', message: ranges.join(', ') }]
  return [
    {
      subject,
      level: 'error',
      message: `${wide.join(' and ')} is everybody, or nearly: any client may claim any address, and escape every limit`,
      remedy: 'Set jex.trustProxy to the addresses of your proxy alone',
    },
  ]
}

function isEverybody(range: string): boolean {
  if (EVERYBODY.test(range)) return true
  const [address = '', prefix] = range.split('/')
  if (prefix === undefined || !isIPv6(address)) return false
  const list = new BlockList()
  list.addSubnet(address, Number(prefix), 'ipv6')
  return IPV4_HALVES.some((ends) => ends.every((end) => list.check(end, 'ipv6')))
}
