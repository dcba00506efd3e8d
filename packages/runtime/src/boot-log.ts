import type { FastifyBaseLogger } from 'fastify'
import { throughOf } from './discovery/slots.js'
import type { FoundPackage } from './discovery/walk.js'
import type { Plan } from './plan.js'

/** Says what an app was found to consist of: what fills each slot and why, what runs beside, what is idle. */
export function logPlan(log: FastifyBaseLogger, { found, choices, chosen, idle, warnings }: Plan): void {
  for (const one of found) if (one.manifest.kind === 'preset') log.info(`preset: ${labelOf(one)}`)
  for (const { slot, chosen, why } of choices) log.info(`${slot}: ${chosen.name} (${why})`)
  const beside = chosen.filter(({ manifest }) => ['middleware', 'plugin'].includes(manifest.kind))
  for (const one of beside) log.info(`${one.manifest.kind}: ${labelOf(one)}`)
  if (idle.length > 0) log.info(`idle: ${idle.map(labelOf).join(', ')}`)
  for (const warning of warnings) log.warn(warning)
}

function labelOf(one: FoundPackage): string {
  return `${one.name} (${throughOf(one)})`
}
