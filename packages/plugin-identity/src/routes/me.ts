import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { errors } from '@json-express/core'
import { ErrorReply, UserReply } from '../schemas.js'

/** `GET /auth/me`: the caller's own profile. */
export const meRoute: FastifyPluginAsyncTypebox = async (app) => {
  const users = app.collections.get('users')
  app.get(
    '/me',
    { config: { access: 'user' }, schema: { response: { 200: UserReply, '4xx': ErrorReply } } },
    async ({ user }) => {
      const row = user && (await users.get(user.id))
      if (row === null) throw new errors.TokenRevoked()
      return users.view(row, user) as never
    },
  )
}
