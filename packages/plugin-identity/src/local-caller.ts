import { errors, type User } from '@json-express/core'
import type { FastifyRequest } from 'fastify'

/** A caller with an account here: external callers have none, whatever their subject is. Throws `FORBIDDEN`. */
export function localCaller({ user }: Pick<FastifyRequest, 'user'>): User & { sessionId: string } {
  if (user === null) throw new errors.MissingToken()
  const { sessionId } = user
  if (sessionId === null) throw new errors.Forbidden()
  return { ...user, sessionId }
}
