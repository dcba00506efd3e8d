import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { logEvent } from '../events.js'
import { CLOSED, DoneReply, Email, ERRORS } from '../schemas.js'
import type { Services } from '../services.js'

/** `POST /auth/verify/resend`: another verification mail. The answer is the same for whoever needs none. */
export const verifyResendRoute: FastifyPluginAsyncTypebox<Services> = async (app, { addresses }) => {
  app.post(
    '/verify/resend',
    {
      config: { auth: false, limit: 'resend' },
      schema: { body: Type.Object({ email: Email }, CLOSED), response: { 202: DoneReply, ...ERRORS } },
    },
    async (request, reply) => {
      await addresses.requestVerification(request.body.email)
      logEvent(request, 'verification.requested', null)
      return reply.code(202).send({})
    },
  )
}
