import type { Endpoint, Rule, User } from '@json-express/core'
import fastify from 'fastify'
import t from 'tap'
import type { ContextFactory } from '../../src/context.js'
import { endpointRoutes } from '../../src/rest/endpoints.js'

const NO_CONTEXT = (() => ({})) as unknown as ContextFactory
const as = (role: string): User => ({ id: role, role, sessionId: null, claims: {} })

/** The status of an endpoint where no middleware holds the rule, for this caller. */
async function statusFor(user: User | null, endpoint: Endpoint): Promise<number> {
  const app = fastify()
  app.decorateRequest('user', null)
  app.addHook('onRequest', async (request) => {
    request.user = user
  })
  await app.register(endpointRoutes, { prefix: '/tools', endpoints: { 'GET /': endpoint }, context: NO_CONTEXT })
  const { statusCode } = await app.inject({ url: '/tools' })
  await app.close()
  return statusCode
}

const cases: [Rule | undefined, number, number, number][] = [
  [undefined, 200, 200, 200],
  ['public', 200, 200, 200],
  ['user', 401, 200, 200],
  ['admin', 401, 403, 200],
  [['editor', 'user'], 401, 200, 200],
  [false, 403, 403, 403],
]
for (const [access, nobody, user, admin] of cases) {
  t.test(`an endpoint with the rule ${JSON.stringify(access)} keeps it without any hook`, async (t) => {
    const handler = () => ({ ok: true })
    const endpoint = access === undefined ? handler : { access, handler }
    t.equal(await statusFor(null, endpoint), nobody, 'nobody')
    t.equal(await statusFor(as('user'), endpoint), user, 'a user')
    t.equal(await statusFor(as('admin'), endpoint), admin, 'an admin')
  })
}
