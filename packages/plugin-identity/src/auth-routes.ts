import type { FastifyInstance } from 'fastify'
import { busy } from './busy.js'
import { resetPage } from './pages/reset-page.js'
import { verifyPage } from './pages/verify-page.js'
import { emailChangeRoute } from './routes/email-change.js'
import { loginRoute } from './routes/login.js'
import { logoutRoute } from './routes/logout.js'
import { logoutAllRoute } from './routes/logout-all.js'
import { meRoute } from './routes/me.js'
import { meDeleteRoute } from './routes/me-delete.js'
import { passwordChangeRoute } from './routes/password-change.js'
import { passwordForgotRoute } from './routes/password-forgot.js'
import { passwordResetRoute } from './routes/password-reset.js'
import { refreshRoute } from './routes/refresh.js'
import { registerRoute } from './routes/register.js'
import { sessionEndRoute } from './routes/session-end.js'
import { sessionsListRoute } from './routes/sessions-list.js'
import { verifyRoute } from './routes/verify.js'
import { verifyResendRoute } from './routes/verify-resend.js'
import type { Services } from './services.js'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route computes a password hash: refused at once while too many wait. */
    hashes?: true
  }

  interface FastifyRequest {
    /** On routes that hash: aborts when the connection closes before the answer. */
    hungUp: AbortSignal | null
  }
}

const BODY_LIMIT = 16 * 1024

const always = [
  ...[loginRoute, registerRoute, refreshRoute, logoutRoute, logoutAllRoute],
  ...[meRoute, meDeleteRoute, sessionsListRoute, sessionEndRoute, passwordChangeRoute],
]
/** Of no use where no mail can be sent, so they are absent there. */
const mailed = [
  ...[passwordForgotRoute, passwordResetRoute, emailChangeRoute, verifyRoute, verifyResendRoute],
  ...[resetPage, verifyPage],
]

/** Everything below `/auth`. */
export async function authRoutes(app: FastifyInstance, { services }: { services: Services }): Promise<void> {
  app.addHook('onRoute', (route) => {
    route.bodyLimit = BODY_LIMIT
  })
  app.decorateRequest('hungUp', null)
  app.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store')
    if (!request.routeOptions.config.hashes) return
    // before anything is read, counted or looked up: in a storm most requests end here
    if (services.identity.passwords.isFull()) throw busy()
    const controller = new AbortController()
    reply.raw.once('close', () => {
      if (!reply.raw.writableFinished) controller.abort(busy())
    })
    request.hungUp = controller.signal
  })
  for (const route of services.identity.outbox === null ? always : [...always, ...mailed]) {
    await app.register(route, services)
  }
}
