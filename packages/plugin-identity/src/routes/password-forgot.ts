import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { logEvent } from '../events.js'
import { CLOSED, DoneReply, Email, ERRORS } from '../schemas.js'
import type { Services } from '../services.js'

/** `POST /auth/password/forgot`: a mail with a reset link to the owner of an account. The answer is the same without one. */
export const passwordForgotRoute: FastifyPluginAsyncTypebox<Services> = async (app, { recovery }) => {
  app.post(
    '/password/forgot',
    {
      config: { auth: false, limit: 'forgot' },
      schema: { body: Type.Object({ email: Email }, CLOSED), response: { 202: DoneReply, ...ERRORS } },
    },
    async (request, reply) => {
      await recovery.request(request.body.email)
      logEvent(request, 'password.requested', null)
      return reply.code(202).send({})
    },
  )
}
