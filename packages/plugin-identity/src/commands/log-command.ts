import type { FastifyInstance } from 'fastify'
import type { IdentityEvent } from '../events.js'

/** Logs what was done from the command line; what HTTP can do, too, has the same name there. Never a secret or an address. */
export function logCommand(
  { log }: Pick<FastifyInstance, 'log'>,
  event: IdentityEvent,
  details: Readonly<Record<string, unknown>>,
): void {
  log.info({ event, ...details, by: 'command line' }, event)
}
