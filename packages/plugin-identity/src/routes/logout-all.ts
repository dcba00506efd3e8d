import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { logEvent } from '../events.js'
import { localCaller } from '../local-caller.js'
import { DoneReply, ERRORS } from '../schemas.js'
import type { Services } from '../services.js'

/** `POST /auth/logout-all`: ends every session and token of the caller, this one included. */
export const logoutAllRoute: FastifyPluginAsyncTypebox<Services> = async (app, { accounts }) => {
  app.post(
    '/logout-all',
    { config: { access: 'user' }, schema: { response: { 200: DoneReply, ...ERRORS } } },
    async (request) => {
      const { id } = localCaller(request)
      await accounts.revoke(id)
      logEvent(request, 'sessions.ended', id)
      return {}
    },
  )
}
