import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { createAccounts } from './accounts.js'
import { identityOf } from './identity.js'
import { createLinks } from './links.js'
import { createOutbox } from './outbox.js'
import { resetPage } from './pages/reset-page.js'
import { loginRoute } from './routes/login.js'
import { logoutAllRoute } from './routes/logout-all.js'
import { meRoute } from './routes/me.js'
import { passwordChangeRoute } from './routes/password-change.js'
import { passwordResetRoute } from './routes/password-reset.js'
import { userInviteRoute } from './routes/user-invite.js'
import { userRevokeRoute } from './routes/user-revoke.js'
import { seedAdmin } from './seed.js'

export { identityErrors } from './errors.js'
export { models } from './models.js'

const AUTH_BODY_LIMIT = 16 * 1024

/** Users who set their own password through a mailed link, and the `/auth` routes. Wires, nothing else. */
async function pluginIdentity(app: FastifyInstance): Promise<void> {
  const identity = identityOf(app.settings)
  const links = createLinks(app.kv)
  const accounts = createAccounts(app, identity, links)
  if (app.hasDecorator('email')) identity.outbox = await createOutbox(app, identity, links)

  await app.register(
    async (auth) => {
      auth.addHook('onRoute', (route) => {
        route.bodyLimit = AUTH_BODY_LIMIT
      })
      auth.addHook('onRequest', async (_request, reply) => {
        reply.header('cache-control', 'no-store')
      })
      await auth.register(loginRoute, { accounts })
      await auth.register(meRoute)
      await auth.register(logoutAllRoute, { accounts })
      await auth.register(passwordChangeRoute, { accounts })
      if (identity.outbox === null) return
      await auth.register(passwordResetRoute, { accounts })
      await auth.register(resetPage, { identity })
    },
    { prefix: '/auth' },
  )
  await app.register(userRevokeRoute, { accounts })
  if (identity.outbox !== null) await app.register(userInviteRoute, { identity, links })

  app.addHook('onReady', () => seedAdmin(app))
}

export default fp(pluginIdentity, {
  name: '@json-express/plugin-identity',
  fastify: '5.x',
  decorators: { fastify: ['settings', 'db', 'kv', 'collections', 'authenticate', 'accessTokens'] },
})
