import type { FastifyRequest } from 'fastify'
import { addressOf } from './client-address.js'

/** Stable names, one log line each: an operator may alert on them. */
export type IdentityEvent =
  | 'admin.seeded'
  | 'user.registered'
  | 'user.deleted'
  | 'user.invited'
  | 'user.revoked'
  | 'login.succeeded'
  | 'login.failed'
  | 'login.locked'
  | 'session.refreshed'
  | 'session.reused'
  | 'session.ended'
  | 'sessions.ended'
  | 'password.changed'
  | 'password.requested'
  | 'password.reset'
  | 'email.requested'
  | 'email.changed'
  | 'email.verified'

const WARNINGS: readonly IdentityEvent[] = ['login.failed', 'login.locked', 'session.reused']

export interface EventDetails {
  sessionId?: string
  reason?: string
}

/**
 * Logs an event of identity: who it is about, in which session, who caused it, from where. Never a secret, an address of
 * mail or a token.
 */
export function logEvent(
  request: Pick<FastifyRequest, 'log' | 'ip' | 'user'>,
  event: IdentityEvent,
  userId: unknown,
  details: EventDetails = {},
): void {
  const level = WARNINGS.includes(event) ? 'warn' : 'info'
  const { user } = request
  const sessionId = details.sessionId ?? (user?.id === userId ? user?.sessionId : null) ?? undefined
  const by = user !== null && user.id !== userId ? { by: user.id } : {}
  request.log[level](
    { event, userId, client: addressOf(request), ...by, ...details, ...(sessionId && { sessionId }) },
    event,
  )
}
