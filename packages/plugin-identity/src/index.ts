import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { authRoutes } from './auth-routes.js'
import { identityOf } from './identity.js'
import { createLinks } from './links.js'
import { createOutbox } from './outbox.js'
import { userInviteRoute } from './routes/user-invite.js'
import { userRevokeRoute } from './routes/user-revoke.js'
import { seedAdmin } from './seed.js'
import { createServices } from './services.js'
import { createSessions } from './sessions.js'
import { loadTexts } from './texts/load-texts.js'

export { commands } from './commands/index.js'
export { diagnose } from './diagnose.js'
export { identityErrors } from './errors.js'
export { identityEvents } from './events.js'
export { models } from './models.js'

/**
 * Users who set their own password through a mailed link, their sessions, and the `/auth` routes. Wires, nothing else.
 * Where tokens come from an identity provider alone, there is nothing to sign in to and nobody to seed.
 */
async function pluginIdentity(app: FastifyInstance): Promise<void> {
  const identity = identityOf(app.settings)
  const { local } = identity.settings
  if (local === null) {
    app.log.info('no local tokens are issued: the routes of identity are off, users only restrict external callers')
    return
  }
  const links = createLinks(app.kv)
  const sessions = createSessions(app.kv, local, identity.settings)
  identity.sessions = sessions
  const texts = loadTexts(identity.settings, app.dir)
  if (app.hasDecorator('email')) identity.outbox = await createOutbox(app, { identity, links, texts })
  const services = createServices(app, { identity, links, sessions, texts })

  await app.register(authRoutes, { prefix: '/auth', services })
  await app.register(userRevokeRoute, services)
  if (identity.outbox !== null) await app.register(userInviteRoute, services)
  if (app.purpose === 'serve') app.addHook('onReady', () => seedAdmin(app))
}

export default fp(pluginIdentity, {
  name: '@json-express/plugin-identity',
  fastify: '5.x',
  decorators: { fastify: ['settings', 'dir', 'purpose', 'db', 'kv', 'collections', 'authenticate', 'rateLimiter'] },
})
