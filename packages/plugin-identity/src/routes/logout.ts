import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { errors } from '@json-express/core'
import Type from 'typebox'
import { logEvent } from '../events.js'
import { CLOSED, DoneReply, ERRORS, Token } from '../schemas.js'
import type { Services } from '../services.js'

/** `POST /auth/logout`: ends the session of a refresh token, its access tokens included. 200 for any other token as well. */
export const logoutRoute: FastifyPluginAsyncTypebox<Services> = async (app, { sessions }) => {
  app.post(
    '/logout',
    {
      config: { auth: false, limit: 'refresh' },
      schema: { body: Type.Object({ refreshToken: Token }, CLOSED), response: { 200: DoneReply, ...ERRORS } },
    },
    async (request) => {
      try {
        const { id, userId } = await sessions.find(request.body.refreshToken)
        await sessions.end(userId, id)
        logEvent(request, 'session.ended', userId, { sessionId: id })
      } catch (error) {
        if (!(error instanceof errors.InvalidToken)) throw error
      }
      return {}
    },
  )
}
