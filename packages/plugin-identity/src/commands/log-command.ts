import type { FastifyInstance } from 'fastify'

export type CommandEvent =
  | 'user.created'
  | 'user.disabled'
  | 'user.enabled'
  | 'user.revoked'
  | 'users.imported'
  | 'admin.reset'

/** Logs what was done from the command line, under the names of the same events over HTTP. Never a secret or an address. */
export function logCommand(
  { log }: Pick<FastifyInstance, 'log'>,
  event: CommandEvent,
  details: Readonly<Record<string, unknown>>,
): void {
  log.info({ event, ...details, by: 'command line' }, event)
}
