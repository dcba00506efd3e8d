import type { Finding } from '@json-express/core'
import type { Examined } from './examined.js'
import { isLoopback } from './loopback.js'

/** Development is for one machine: its secret is made up, and mails with live links are printed. */
export function mode({ settings }: Pick<Examined, 'settings'>): Finding[] {
  if (settings === null) return []
  const { mode, production } = settings
  const host = String(settings.get('host'))
  if (production || isLoopback(host)) {
    const where = production ? 'the production rules hold' : `reached from this machine alone (${host})`
    return [{ subject: 'mode', level: 'ok', message: `${mode}, ${where}` }]
  }
  return [
    {
      subject: 'mode',
      level: 'warning',
      message: `${mode}, and open to the network (jex.host=${host}): the production rules do not hold`,
      remedy: 'Set NODE_ENV=production, or jex.host=127.0.0.1',
    },
  ]
}
