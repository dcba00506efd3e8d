import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { clientOf } from '../client.js'
import { identityErrors } from '../errors.js'
import { localCaller } from '../local-caller.js'
import { CLOSED, DoneReply, ERRORS, Password } from '../schemas.js'
import type { Services } from '../services.js'

/** `DELETE /auth/me`: deletes the caller's account, sessions and tokens. The password has to be typed again. */
export const meDeleteRoute: FastifyPluginAsyncTypebox<Services> = async (app, { accounts }) => {
  const users = app.collections.get('users')
  app.delete(
    '/me',
    {
      config: { access: 'user', limit: 'password', hashes: true },
      schema: { body: Type.Object({ password: Password }, CLOSED), response: { 200: DoneReply, ...ERRORS } },
    },
    async (request) => {
      const { id } = localCaller(request)
      const { tokenVersion } = await accounts.confirm(id, request.body.password, clientOf(request, app.rateLimiter))
      const ifMatch = { tokenVersion: Number(tokenVersion) }
      // revoked meanwhile: whoever asks has to prove himself again; the hooks log the event
      if ((await users.delete(id, { request, ifMatch })) === null) throw new identityErrors.InvalidCredentials()
      return {}
    },
  )
}
