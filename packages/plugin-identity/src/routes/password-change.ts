import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { errors } from '@json-express/core'
import Type from 'typebox'
import type { Accounts } from '../accounts.js'
import { logEvent } from '../events.js'
import { CLOSED, ErrorReply, NewPassword, Password, SignedInReply } from '../schemas.js'

/** `POST /auth/password/change`: a new password for the caller; this client goes on with a fresh token, all others end. */
export const passwordChangeRoute: FastifyPluginAsyncTypebox<{ accounts: Accounts }> = async (app, { accounts }) => {
  app.post(
    '/password/change',
    {
      config: { access: 'user' },
      schema: {
        body: Type.Object({ currentPassword: Password, newPassword: NewPassword }, CLOSED),
        response: { 200: SignedInReply, '4xx': ErrorReply, 503: ErrorReply },
      },
    },
    async (request) => {
      const { currentPassword, newPassword } = request.body
      if (request.user === null) throw new errors.MissingToken()
      const user = await accounts.changePassword(request.user.id, currentPassword, newPassword)
      logEvent(request, 'password.changed', user.id)
      return accounts.signIn(user) as never
    },
  )
}
