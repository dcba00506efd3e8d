import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { clientOf } from '../client.js'
import { logEvent } from '../events.js'
import { localCaller } from '../local-caller.js'
import { CLOSED, ERRORS, NewPassword, Password, SignedInReply } from '../schemas.js'
import type { Services } from '../services.js'

/** `POST /auth/password/change`: a new password for the caller; this client goes on with a fresh pair, all others end. */
export const passwordChangeRoute: FastifyPluginAsyncTypebox<Services> = async (app, { accounts }) => {
  app.post(
    '/password/change',
    {
      config: { access: 'user', limit: 'password', hashes: true },
      schema: {
        body: Type.Object({ currentPassword: Password, newPassword: NewPassword }, CLOSED),
        response: { 200: SignedInReply, ...ERRORS },
      },
    },
    async (request) => {
      const { currentPassword, newPassword } = request.body
      const { id } = localCaller(request)
      const client = clientOf(request, app.rateLimiter)
      const user = await accounts.changePassword(id, currentPassword, newPassword, client)
      const signedIn = await accounts.signIn(user, client)
      logEvent(request, 'password.changed', id, { sessionId: signedIn.sessionId })
      return signedIn as never
    },
  )
}
