import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { localCaller } from '../local-caller.js'
import { ERRORS, SessionReply } from '../schemas.js'
import type { Services } from '../services.js'

/** `GET /auth/sessions`: where the caller is signed in, oldest first. */
export const sessionsListRoute: FastifyPluginAsyncTypebox<Services> = async (app, { sessions }) => {
  app.get(
    '/sessions',
    { config: { access: 'user' }, schema: { response: { 200: Type.Array(SessionReply), ...ERRORS } } },
    async (request) => {
      const caller = localCaller(request)
      const all = await sessions.list(caller.id, Number(caller.claims.tv))
      return all.map(({ id, createdAt, lastUsedAt, client }) => ({
        ...{ id, client, current: id === caller.sessionId },
        createdAt: createdAt.toISOString(),
        lastUsedAt: lastUsedAt.toISOString(),
      }))
    },
  )
}
