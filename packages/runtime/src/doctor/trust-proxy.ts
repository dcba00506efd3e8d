import type { Finding } from '@json-express/core'
import type { Examined } from './examined.js'

/** Half of all addresses is no proxy either. */
const EVERYBODY = /\/0*[01]$/

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
  const wide = ranges.filter((range) => EVERYBODY.test(range))
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
