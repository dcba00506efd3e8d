import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { errors } from '@json-express/core'
import { logEvent } from '../events.js'
import { localCaller } from '../local-caller.js'
import { DoneReply, ERRORS, Id } from '../schemas.js'
import type { Services } from '../services.js'

/** `DELETE /auth/sessions/:id`: ends one of the caller's sessions; one of somebody else is 404. */
export const sessionEndRoute: FastifyPluginAsyncTypebox<Services> = async (app, { sessions }) => {
  app.delete(
    '/sessions/:id',
    { config: { access: 'user' }, schema: { params: Id, response: { 200: DoneReply, ...ERRORS } } },
    async (request) => {
      const { id: userId } = localCaller(request)
      const { id: sessionId } = request.params
      if (!(await sessions.end(userId, sessionId))) throw new errors.NotFound()
      logEvent(request, 'session.ended', userId, { sessionId })
      return {}
    },
  )
}
