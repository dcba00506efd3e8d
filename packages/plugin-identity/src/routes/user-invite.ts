import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { errors } from '@json-express/core'
import { isMailbox } from '../email-address.js'
import { identityErrors } from '../errors.js'
import { logEvent } from '../events.js'
import { invite } from '../invitation.js'
import { DoneReply, ERRORS, Id } from '../schemas.js'
import type { Services } from '../services.js'

/**
 * `POST /users/:id/invite`, for admins: mails a fresh link and kills the older ones. A user who has a password already
 * gets a link to set a new one; his password and his tokens stay good until he uses it. Nothing is mailed to disabled users.
 */
export const userInviteRoute: FastifyPluginAsyncTypebox<Services> = async (app, { identity, links, settings }) => {
  const { outbox } = identity
  app.post(
    '/users/:id/invite',
    { config: { access: 'admin' }, schema: { params: Id, response: { 200: DoneReply, ...ERRORS } } },
    async (request) => {
      const intent = await app.collections.transaction(async (collections) => {
        const user = await collections.get('users').get(request.params.id)
        if (user === null || outbox === null) throw new errors.NotFound()
        if (!isMailbox(String(user.email))) throw new identityErrors.InvalidEmail()
        if (user.disabled === true) throw new identityErrors.UserDisabled()
        return invite(collections, outbox, user)
      })
      const newest = { userId: String(intent.userId), purpose: 'password' as const, intentId: String(intent.id) }
      await links.supersede(newest, Math.max(settings.inviteTtl, settings.resetTtl))
      logEvent(request, 'user.invited', intent.userId)
      return {}
    },
  )
}
