import { errors, mayForSome, type Rule, readAuthSettings, userFromClaims } from '@json-express/core'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { registerHmac } from './hmac.js'
import { createUserLookup } from './revocation.js'
import { ruleOfRoute } from './rule-of-route.js'
import { createVerifier } from './verifier.js'

/**
 * Knows who calls: verifies access tokens, reads the caller's row at every request, and holds every route that is
 * registered after it to its rule. Decorates `app.authenticate` and `app.accessTokens`, sets `request.user`.
 */
async function middlewareAuth(app: FastifyInstance): Promise<void> {
  const settings = readAuthSettings(app.settings)
  const hmac = await registerHmac(app, settings)
  const verify = createVerifier(hmac)
  const hasUsers = app.collections.has('users')
  const lookup = createUserLookup(app.db)
  if (!hasUsers) app.log.warn('there is no users collection: tokens are checked by signature and expiry alone')

  app.decorate('accessTokens', hmac)
  app.decorate('authenticate', async (request: FastifyRequest) => {
    const { authorization } = request.headers
    if (authorization === undefined) return
    if (countAuthorization(request.raw.rawHeaders) > 1) throw new errors.InvalidToken()
    const claims = verify(authorization)
    const row = hasUsers
      ? await lookup(claims.sub)
      : { id: claims.sub, role: claims.role, tokenVersion: claims.tv, disabled: false }
    request.user = userFromClaims(claims, row)
    if (request.user === null) throw new errors.TokenRevoked()
  })

  app.addHook('onRoute', (route) => {
    const rule = ruleOfRoute(route, settings)
    if (rule === null) return
    const hold = async (request: FastifyRequest, reply: FastifyReply) => {
      try {
        await app.authenticate(request)
        assertMayForSome(request, rule)
      } catch (error) {
        if ((error as { statusCode?: number }).statusCode === 401) reply.header('www-authenticate', challenge(request))
        throw error
      }
    }
    // first in line, so that no other hook of the route sees a caller who is not let in
    route.onRequest = [hold, ...[route.onRequest ?? []].flat()]
  })
}

function assertMayForSome({ user }: FastifyRequest, rule: Rule): void {
  if (mayForSome(user, rule)) return
  throw user === null ? new errors.MissingToken() : new errors.Forbidden()
}

/** Node keeps the first of several; a proxy in front may have looked at another one. */
function countAuthorization(rawHeaders: readonly string[]): number {
  return rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'authorization').length
}

/** RFC 6750 section 3: an error only where a token was sent. */
function challenge({ headers }: FastifyRequest): string {
  return headers.authorization === undefined ? 'Bearer' : 'Bearer error="invalid_token"'
}

export default fp(middlewareAuth, {
  name: '@json-express/middleware-auth',
  fastify: '5.x',
  decorators: { fastify: ['settings', 'db', 'collections'], request: ['user'] },
})
