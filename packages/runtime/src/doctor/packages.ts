import type { Finding } from '@json-express/core'
import type { Examined } from './examined.js'

/** Which packages were found, and which one fills each slot. */
export function packages({ plan }: Pick<Examined, 'plan'>): Finding[] {
  if (plan === null) return []
  const { found, choices, idle } = plan
  const idleNames = idle.length > 0 ? `, idle: ${idle.map(({ name }) => name).join(', ')}` : ''
  return [
    { subject: 'packages', level: 'ok', message: `${found.length} found${idleNames}` },
    ...choices.map(({ slot, chosen: { name, version }, why }): Finding => {
      return { subject: slot, level: 'ok', message: `${name} ${version} (${why})` }
    }),
  ]
}
