import type { Endpoints } from '@json-express/core'
import fastify, { type HTTPMethods } from 'fastify'

const OWN = ['GET /', 'POST /', 'GET /:id', 'PATCH /:id', 'DELETE /:id']

/**
 * What the router will not take of the endpoints below a name, asked of a router that serves nobody. `exposed` says
 * whether the collection has routes of its own.
 */
export function routeProblems(name: string, endpoints: Endpoints, exposed: boolean): [string, string][] {
  const keys = Object.keys(endpoints)
  if (keys.length === 0) return []
  const router = fastify()
  const add = (key: string) => {
    const [method = '', path = ''] = key.split(' ')
    router.route({ method: method as HTTPMethods, url: `/${name}${path === '/' ? '' : path}`, handler: () => null })
  }
  if (exposed) OWN.forEach(add)
  return keys.flatMap((key): [string, string][] => {
    try {
      add(key)
      return []
    } catch (error) {
      const { code, message } = error as Error & { code?: string }
      const isTaken = code === 'FST_ERR_DUPLICATED_ROUTE'
      return [
        [
          `endpoints.${key}`,
          isTaken ? `is a route of /${name} already: choose another path` : `is no path: ${message}`,
        ],
      ]
    }
  })
}
