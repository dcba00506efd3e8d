import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { clientOf } from '../client.js'
import { logEvent } from '../events.js'
import { DoneReply, Email, ERRORS, NewPassword, SignedInReply } from '../schemas.js'
import type { Services } from '../services.js'

/**
 * `POST /auth/register`: an account, and where addresses need no verification a session. Takes fields of the app whose
 * `create` rule is `'public'`.
 */
export const registerRoute: FastifyPluginAsyncTypebox<Services> = async (app, services) => {
  const { accounts, registration, sessions, settings } = services
  const users = app.collections.get('users')
  app.post(
    '/register',
    {
      config: { auth: false, limit: 'register', hashes: true },
      schema: {
        body: Type.Object({ email: Email, password: NewPassword }, { additionalProperties: true }),
        response: { 201: SignedInReply, 202: DoneReply, ...ERRORS },
      },
    },
    async (request, reply) => {
      const { email, password, ...fields } = request.body
      users.assertWritable(fields, null, 'create')
      // an account that is made and not signed in would be a duplicate at the next attempt
      if (!settings.requireVerifiedEmail) await sessions.health()
      const user = await registration.register({ email, password, fields })
      if (user !== null) logEvent(request, 'user.registered', user.id)
      if (user === null || settings.requireVerifiedEmail) return reply.code(202).send({})
      const signedIn = await accounts.signIn(user, clientOf(request, app.rateLimiter))
      logEvent(request, 'login.succeeded', user.id, { sessionId: signedIn.sessionId })
      return reply.code(201).send(signedIn as never)
    },
  )
}
