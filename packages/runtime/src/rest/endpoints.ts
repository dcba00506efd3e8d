import type { Endpoints } from '@json-express/core'
import type { FastifyInstance, HTTPMethods } from 'fastify'
import type { ContextFactory } from '../context.js'
import { refuseUnless } from './refuse-unless.js'

export interface EndpointsOptions {
  /** Fastify's own option: what every path below is put behind. */
  prefix: string
  endpoints: Endpoints
  context: ContextFactory
}

/** The endpoints of a model or of a routes file, below its name. */
export async function endpointRoutes(app: FastifyInstance, { endpoints, context }: EndpointsOptions): Promise<void> {
  for (const [key, endpoint] of Object.entries(endpoints)) {
    const [method = '', path = ''] = key.split(' ')
    const { handler, access } = typeof endpoint === 'function' ? { handler: endpoint } : endpoint
    app.route({
      method: method as HTTPMethods,
      url: path === '/' ? '' : path,
      ...(access !== undefined && { config: { access } }),
      // async: what returns nothing is answered too, with an empty body
      handler: async (request, reply) => {
        if (access !== undefined) refuseUnless(request.user, access)
        return handler(request, reply, context(app.collections, request))
      },
    })
  }
}
