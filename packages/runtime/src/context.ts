import { BootError, type Collections, type Context } from '@json-express/core'
import type { FastifyInstance } from 'fastify'

const NOBODY = Object.freeze({ user: null })

export type ContextFactory = (collections: Collections, request?: Context['request']) => Context

/** Makes the context of hooks and endpoints. What no package provides throws on use and says what to install. */
export function createContextFactory(app: FastifyInstance): ContextFactory {
  const services = {
    get kv() {
      return provided(app, 'kv')
    },
    get queue() {
      return provided(app, 'queue')
    },
    get email() {
      return provided(app, 'email')
    },
    log: app.log,
  }
  return (collections, request = NOBODY) =>
    Object.create(services, {
      collections: { value: collections, enumerable: true },
      request: { value: request, enumerable: true },
    })
}

const INSTALL = { kv: 'kv-memory', queue: 'queue-memory', email: 'email-console' } as const

function provided<K extends keyof typeof INSTALL>(app: FastifyInstance, name: K): FastifyInstance[K] {
  if (app.hasDecorator(name)) return app[name]
  throw new BootError(`No package provides ${name}: npm install @json-express/${INSTALL[name]}`)
}
