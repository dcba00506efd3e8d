import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { clientOf } from '../client.js'
import { logEvent } from '../events.js'
import { CLOSED, DoneReply, ERRORS, NewPassword, Token } from '../schemas.js'
import type { Services } from '../services.js'

/** `POST /auth/password/reset`: the first or a new password, for the token of a mailed link. No sign-in follows. */
export const passwordResetRoute: FastifyPluginAsyncTypebox<Services> = async (app, { recovery }) => {
  app.post(
    '/password/reset',
    {
      config: { auth: false, limit: 'confirm', hashes: true },
      schema: {
        body: Type.Object({ token: Token, newPassword: NewPassword }, CLOSED),
        response: { 200: DoneReply, ...ERRORS },
      },
    },
    async (request) => {
      const { token, newPassword } = request.body
      const user = await recovery.reset(token, newPassword, clientOf(request, app.rateLimiter))
      logEvent(request, 'password.reset', user.id)
      return {}
    },
  )
}
