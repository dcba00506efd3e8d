import type { FastifyRequest } from 'fastify'
import { addressOf } from './client-address.js'

/** Stable names, one log line each: an operator may alert on them. docs/identity.md says when each of them is logged. */
export const identityEvents = [
  'admin.seeded',
  'admin.reset',
  'user.registered',
  'user.created',
  'user.deleted',
  'user.disabled',
  'user.enabled',
  'user.invited',
  'user.revoked',
  'users.imported',
  'role.changed',
  'login.succeeded',
  'login.failed',
  'login.locked',
  'session.refreshed',
  'session.reused',
  'session.ended',
  'sessions.ended',
  'password.changed',
  'password.refused',
  'password.requested',
  'password.reset',
  'email.requested',
  'email.changed',
  'email.verified',
  'verification.requested',
  'mail.sent',
  'mail.failed',
] as const

export type IdentityEvent = (typeof identityEvents)[number]

const WARNINGS: readonly IdentityEvent[] = ['login.failed', 'login.locked', 'password.refused', 'session.reused']

export interface EventDetails {
  sessionId?: string
  reason?: string
  /** Of a user who was given one. */
  role?: string
}

/**
 * Logs an event of identity: who it is about, in which session, who caused it, from where. Never a secret, an address of
 * mail or a token.
 */
export function logEvent(
  request: Pick<FastifyRequest, 'log' | 'user'> & { ip?: string | undefined },
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
