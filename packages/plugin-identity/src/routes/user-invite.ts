import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { errors } from '@json-express/core'
import { isMailbox } from '../email-address.js'
import { identityErrors } from '../errors.js'
import { logEvent } from '../events.js'
import type { Identity } from '../identity.js'
import type { Links } from '../links.js'
import { DoneReply, ErrorReply, UserId } from '../schemas.js'

/**
 * `POST /users/:id/invite`, for admins: mails a fresh link and kills the older ones. A user who has a password already
 * gets a link to set a new one; his password and his tokens stay good until he uses it.
 */
export const userInviteRoute: FastifyPluginAsyncTypebox<{ identity: Identity; links: Links }> = async (
  app,
  { identity: { outbox, settings }, links },
) => {
  app.post(
    '/users/:id/invite',
    { config: { access: 'admin' }, schema: { params: UserId, response: { 200: DoneReply, '4xx': ErrorReply } } },
    async (request) => {
      const intent = await app.collections.transaction(async (collections) => {
        const user = await collections.get('users').get(request.params.id)
        if (user === null || outbox === null) throw new errors.NotFound()
        if (!isMailbox(String(user.email))) throw new identityErrors.InvalidEmail()
        const waiting = await collections
          .get('auth_mails')
          .find({ where: { userId: user.id, kind: ['invite', 'reset'] } })
        for (const { id } of waiting) await collections.get('auth_mails').delete(id)
        return outbox.add(collections, user, user.passwordHash === null ? 'invite' : 'reset')
      })
      await links.supersede(String(intent.userId), String(intent.id), Math.max(settings.inviteTtl, settings.resetTtl))
      logEvent(request, 'user.invited', intent.userId)
      return {}
    },
  )
}
