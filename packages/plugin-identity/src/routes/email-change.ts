import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { clientOf } from '../client.js'
import { logEvent } from '../events.js'
import { localCaller } from '../local-caller.js'
import { CLOSED, DoneReply, Email, ERRORS, Password } from '../schemas.js'
import type { Services } from '../services.js'

/** `POST /auth/email/change`: asks to move the account to another address; that happens when its owner follows the link. */
export const emailChangeRoute: FastifyPluginAsyncTypebox<Services> = async (app, { addresses }) => {
  app.post(
    '/email/change',
    {
      config: { access: 'user', limit: 'password', hashes: true },
      schema: {
        body: Type.Object({ newEmail: Email, password: Password }, CLOSED),
        response: { 202: DoneReply, ...ERRORS },
      },
    },
    async (request, reply) => {
      const { newEmail, password } = request.body
      const { id } = localCaller(request)
      await addresses.requestChange(id, newEmail, password, clientOf(request, app.rateLimiter))
      logEvent(request, 'email.requested', id)
      return reply.code(202).send({})
    },
  )
}
