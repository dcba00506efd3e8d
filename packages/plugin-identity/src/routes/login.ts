import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { clientOf } from '../client.js'
import { logEvent } from '../events.js'
import { CLOSED, Email, ERRORS, Password, SignedInReply } from '../schemas.js'
import type { Services } from '../services.js'

/** `POST /auth/login`: a session for an address and a password. */
export const loginRoute: FastifyPluginAsyncTypebox<Services> = async (app, { accounts }) => {
  app.post(
    '/login',
    {
      config: { auth: false, limit: 'login', hashes: true },
      schema: {
        body: Type.Object({ email: Email, password: Password }, CLOSED),
        response: { 200: SignedInReply, ...ERRORS },
      },
    },
    async (request) => {
      const client = clientOf(request, app.rateLimiter)
      const user = await accounts.authenticate(request.body.email, request.body.password, client)
      const signedIn = await accounts.signIn(user, client)
      logEvent(request, 'login.succeeded', user.id, { sessionId: signedIn.sessionId })
      return signedIn as never
    },
  )
}
