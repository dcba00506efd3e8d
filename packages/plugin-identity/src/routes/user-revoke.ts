import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { errors } from '@json-express/core'
import { logEvent } from '../events.js'
import { DoneReply, ERRORS, Id } from '../schemas.js'
import type { Services } from '../services.js'

/** `POST /users/:id/revoke`, for admins: every token, session and link of the user is dead. */
export const userRevokeRoute: FastifyPluginAsyncTypebox<Services> = async (app, { accounts }) => {
  app.post(
    '/users/:id/revoke',
    { config: { access: 'admin' }, schema: { params: Id, response: { 200: DoneReply, ...ERRORS } } },
    async (request) => {
      const user = await accounts.revoke(request.params.id)
      if (user === null) throw new errors.NotFound()
      logEvent(request, 'user.revoked', user.id)
      return {}
    },
  )
}
