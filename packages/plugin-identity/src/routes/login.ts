import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import type { Accounts } from '../accounts.js'
import { logEvent } from '../events.js'
import { CLOSED, Email, ErrorReply, Password, SignedInReply } from '../schemas.js'

/** `POST /auth/login`: an access token for an address and a password. */
export const loginRoute: FastifyPluginAsyncTypebox<{ accounts: Accounts }> = async (app, { accounts }) => {
  app.post(
    '/login',
    {
      config: { auth: false },
      schema: {
        body: Type.Object({ email: Email, password: Password }, CLOSED),
        response: { 200: SignedInReply, '4xx': ErrorReply, 503: ErrorReply },
      },
    },
    async (request) => {
      try {
        const user = await accounts.authenticate(request.body.email, request.body.password)
        logEvent(request, 'login.succeeded', user.id)
        return accounts.signIn(user) as never
      } catch (error) {
        const { code, userId } = error as { code?: string; userId?: unknown }
        if (code === 'INVALID_CREDENTIALS') logEvent(request, 'login.failed', userId)
        throw error
      }
    },
  )
}
