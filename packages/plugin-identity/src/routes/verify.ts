import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { logEvent } from '../events.js'
import { CLOSED, DoneReply, ERRORS, Token } from '../schemas.js'
import type { Services } from '../services.js'

/** `POST /auth/verify`: proves an address, or moves the account to it, for the token of a mailed link. */
export const verifyRoute: FastifyPluginAsyncTypebox<Services> = async (app, { addresses }) => {
  app.post(
    '/verify',
    {
      config: { auth: false, limit: 'confirm' },
      schema: { body: Type.Object({ token: Token }, CLOSED), response: { 200: DoneReply, ...ERRORS } },
    },
    async (request) => {
      const { user, changed } = await addresses.verify(request.body.token)
      logEvent(request, changed ? 'email.changed' : 'email.verified', user.id)
      return {}
    },
  )
}
