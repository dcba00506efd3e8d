import type { FastifyInstance } from 'fastify'

/** In production: the first request that has come by way of a proxy nobody told us about is worth one warning. */
export function warnOfUnknownProxy(app: FastifyInstance): void {
  if (!app.settings.production || app.settings.get('trustProxy') !== undefined) return
  let warned = false
  app.addHook('onRequest', async (request) => {
    if (warned || request.headers['x-forwarded-for'] === undefined) return
    warned = true
    request.log.warn(
      'a request has X-Forwarded-For while jex.trustProxy is not set: behind a proxy all clients look like one, and share ' +
        'its limits. Set jex.trustProxy to the addresses of the proxy',
    )
  })
}
