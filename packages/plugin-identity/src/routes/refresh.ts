import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { errors } from '@json-express/core'
import Type from 'typebox'
import { clientOf } from '../client.js'
import { logEvent } from '../events.js'
import { CLOSED, ERRORS, SignedInReply, Token } from '../schemas.js'
import type { Services } from '../services.js'
import { RefreshTokenReused } from '../sessions.js'

/** `POST /auth/refresh`: a new pair for a refresh token, which is used up by it (RFC 9700 section 4.14). */
export const refreshRoute: FastifyPluginAsyncTypebox<Services> = async (app, { accounts }) => {
  app.post(
    '/refresh',
    {
      config: { auth: false, limit: 'refresh' },
      schema: {
        body: Type.Object({ refreshToken: Token }, CLOSED),
        response: { 200: SignedInReply, ...ERRORS },
      },
    },
    async (request) => {
      try {
        const signedIn = await accounts.refresh(request.body.refreshToken, clientOf(request, app.rateLimiter))
        logEvent(request, 'session.refreshed', signedIn.user.id, { sessionId: signedIn.sessionId })
        return signedIn as never
      } catch (error) {
        if (!(error instanceof RefreshTokenReused)) throw error
        const { userId, sessionId } = error
        logEvent(request, 'session.reused', userId, { sessionId, reason: 'a refresh token was used a second time' })
        throw new errors.TokenRevoked()
      }
    },
  )
}
