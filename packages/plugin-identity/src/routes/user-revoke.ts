import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { errors } from '@json-express/core'
import type { Accounts } from '../accounts.js'
import { logEvent } from '../events.js'
import { DoneReply, ErrorReply, UserId } from '../schemas.js'

/** `POST /users/:id/revoke`, for admins: every token and link of the user is dead. */
export const userRevokeRoute: FastifyPluginAsyncTypebox<{ accounts: Accounts }> = async (app, { accounts }) => {
  app.post(
    '/users/:id/revoke',
    { config: { access: 'admin' }, schema: { params: UserId, response: { 200: DoneReply, '4xx': ErrorReply } } },
    async (request) => {
      const user = await accounts.revoke(request.params.id)
      if (user === null) throw new errors.NotFound()
      logEvent(request, 'user.revoked', user.id)
      return {}
    },
  )
}
