import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import type { Accounts } from '../accounts.js'
import { logEvent } from '../events.js'
import { CLOSED, DoneReply, ErrorReply, NewPassword, Token } from '../schemas.js'

/** `POST /auth/password/reset`: the first or a new password, for the token of a mailed link. No sign-in follows. */
export const passwordResetRoute: FastifyPluginAsyncTypebox<{ accounts: Accounts }> = async (app, { accounts }) => {
  app.post(
    '/password/reset',
    {
      config: { auth: false },
      schema: {
        body: Type.Object({ token: Token, newPassword: NewPassword }, CLOSED),
        response: { 200: DoneReply, '4xx': ErrorReply, 503: ErrorReply },
      },
    },
    async (request) => {
      const user = await accounts.resetPassword(request.body.token, request.body.newPassword)
      logEvent(request, 'password.reset', user.id)
      return {}
    },
  )
}
