import type { FastifyBaseLogger, FastifyRequest } from 'fastify'

/** Stable names, one log line each: an operator may alert on them. */
export type IdentityEvent =
  | 'admin.seeded'
  | 'login.succeeded'
  | 'login.failed'
  | 'password.changed'
  | 'password.reset'
  | 'sessions.ended'
  | 'user.invited'
  | 'user.revoked'

/** Logs an event of identity: who it is about, who caused it, from where. Never a secret, an address or a token. */
export function logEvent(
  request: Pick<FastifyRequest, 'log' | 'ip' | 'user'>,
  event: IdentityEvent,
  userId: unknown,
  details: Record<string, unknown> = {},
): void {
  const level: keyof Pick<FastifyBaseLogger, 'info' | 'warn'> = event === 'login.failed' ? 'warn' : 'info'
  const by = request.user !== null && request.user.id !== userId ? { by: request.user.id } : {}
  request.log[level]({ event, userId, client: request.ip, ...by, ...details }, event)
}
