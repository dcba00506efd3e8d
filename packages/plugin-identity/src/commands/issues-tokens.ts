import type { FastifyInstance } from 'fastify'
import { identityOf } from '../identity.js'

/** Whether people sign in here, and not at an identity provider alone. */
export function issuesTokens(app: FastifyInstance): boolean {
  return identityOf(app.settings).settings.local !== null
}
