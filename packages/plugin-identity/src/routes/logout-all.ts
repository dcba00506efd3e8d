import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Accounts } from '../accounts.js'
import { logEvent } from '../events.js'
import { DoneReply, ErrorReply } from '../schemas.js'

/** `POST /auth/logout-all`: ends every token of the caller, this one included. */
export const logoutAllRoute: FastifyPluginAsyncTypebox<{ accounts: Accounts }> = async (app, { accounts }) => {
  app.post(
    '/logout-all',
    { config: { access: 'user' }, schema: { response: { 200: DoneReply, '4xx': ErrorReply } } },
    async (request) => {
      const { user } = request
      if (user !== null) await accounts.revoke(user.id)
      logEvent(request, 'sessions.ended', user?.id)
      return {}
    },
  )
}
