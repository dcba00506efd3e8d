import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { errors } from '@json-express/core'
import { localCaller } from '../local-caller.js'
import { ERRORS, UserReply } from '../schemas.js'

/** `GET /auth/me`: the caller's own profile. */
export const meRoute: FastifyPluginAsyncTypebox = async (app) => {
  const users = app.collections.get('users')
  app.get(
    '/me',
    { config: { access: 'user' }, schema: { response: { 200: UserReply, ...ERRORS } } },
    async (request) => {
      const caller = localCaller(request)
      const row = await users.get(caller.id)
      if (row === null) throw new errors.TokenRevoked()
      return users.view(row, caller) as never
    },
  )
}
