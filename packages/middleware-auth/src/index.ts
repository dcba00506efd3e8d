import { type AuthSettings, errors, mayForSome, type Rule, readAuthSettings } from '@json-express/core'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { bearerChallenge, bearerToken } from './bearer-token.js'
import type { CallerOf } from './caller.js'
import { registerHmac } from './hmac.js'
import { createLinkCheck, createLinkLookup } from './identity-links.js'
import { createLocalCaller } from './local-caller.js'
import { createUserLookup, type UserLookup } from './revocation.js'
import { ruleOfRoute } from './rule-of-route.js'
import { claimedAlgorithm } from './token-form.js'

export { diagnose } from './diagnose.js'

/**
 * Knows who calls: verifies access tokens of this server and of an identity provider, reads the caller's row and session
 * at every request, and holds every route that is registered after it to its rule. Decorates `app.authenticate` and,
 * where this server issues tokens, `app.accessTokens`; sets `request.user`.
 */
async function middlewareAuth(app: FastifyInstance): Promise<void> {
  const settings = readAuthSettings(app.settings)
  const users = app.collections.has('users') ? createUserLookup(app.db) : null
  const local = await localCaller(app, settings, users)
  const external = await externalCaller(app, settings, users)

  app.decorate('authenticate', async (request: FastifyRequest) => {
    const token = bearerToken(request)
    if (token === undefined) return
    // by the family of the algorithm: neither ever sees a token of the other
    const callerOf = claimedAlgorithm(token)?.startsWith('HS') ? local : external
    if (callerOf === null) throw new errors.InvalidToken({ cause: 'alg is of a family that is not taken here' })
    request.user = await callerOf(token)
  })

  app.addHook('onRoute', (route) => {
    const rule = ruleOfRoute(route, settings)
    if (rule === null) return
    const hold = async (request: FastifyRequest, reply: FastifyReply) => {
      try {
        await app.authenticate(request)
        assertMayForSome(request, rule)
      } catch (error) {
        if ((error as { statusCode?: number }).statusCode === 401) {
          // the client is told no more than the code; what is logged holds nothing of the token
          const { code, cause } = error as { code?: string; cause?: unknown }
          if (cause)
            request.log.debug({ code, reason: cause instanceof Error ? cause.message : cause }, 'token refused')
          reply.header('www-authenticate', bearerChallenge(request))
        }
        throw error
      }
    }
    // first in line, so that no other hook of the route sees a caller who is not let in
    route.onRequest = [hold, ...[route.onRequest ?? []].flat()]
  })
}

async function localCaller(app: FastifyInstance, settings: AuthSettings, users: UserLookup | null) {
  if (settings.local === null) return null
  const hmac = await registerHmac(app, settings.local, settings)
  app.decorate('accessTokens', hmac)
  return createLocalCaller(app, settings, hmac, users)
}

async function externalCaller(
  app: FastifyInstance,
  { external, local }: AuthSettings,
  users: UserLookup | null,
): Promise<CallerOf | null> {
  if (external === null) return null
  // an app without an identity provider starts sooner without jose
  const [{ createExternalCaller }, { createKeySet }] = await Promise.all([
    import('./external-caller.js'),
    import('./jwks.js'),
  ])
  const keySet = createKeySet(external, app.log)
  app.addHook('onClose', async () => keySet.close())
  // a failure is in the log, and who brings a token meanwhile is told 503; the command line brings none
  if (app.purpose !== 'command') await keySet.ready().catch(() => undefined)
  const links = app.collections.has('auth_identities') ? createLinkLookup(app.db) : null
  const mixed = local !== null
  const rules = { ...external, localIssuer: local?.issuer }
  return createExternalCaller(rules, keySet, users && createLinkCheck(links, users, { mixed }))
}

function assertMayForSome({ user }: FastifyRequest, rule: Rule): void {
  if (mayForSome(user, rule)) return
  throw user === null ? new errors.MissingToken() : new errors.Forbidden()
}

export default fp(middlewareAuth, {
  name: '@json-express/middleware-auth',
  fastify: '5.x',
  decorators: { fastify: ['settings', 'db', 'collections'], request: ['user'] },
})
