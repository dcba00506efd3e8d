import { BootError } from '@json-express/core'
import type { FastifyInstance } from 'fastify'
import type { LoadedPackage } from './discovery/load.js'

/**
 * Stops boot at a route that the auth middleware will not hold, since it holds what is registered after it, in scopes that
 * were opened after it. Only routes that say `auth: false` may come before.
 */
export function refuseEarlyRoutes(app: FastifyInstance, packages: readonly LoadedPackage[]): EarlyRoutes {
  const guard = packages.find(({ manifest }) => manifest.provides.includes('authenticate'))
  const watch: EarlyRoutes = { registering: '' }
  if (guard === undefined) return watch
  const openedBy = new WeakMap<object, string>()
  const earlyPackage = (scope: FastifyInstance) =>
    app.hasDecorator('authenticate') ? openedBy.get(scope) : watch.registering
  app.addHook('onRegister', function (this: FastifyInstance, scope) {
    const name = earlyPackage(this)
    if (name !== undefined) openedBy.set(scope, name)
  })
  app.addHook('onRoute', function (this: FastifyInstance, { method, url, config }) {
    const name = earlyPackage(this)
    if (name === undefined || config?.auth === false) return
    throw new BootError(
      `${name} registers the route ${method} ${url} before ${guard.name}, which could not hold it: put "authenticate" into "optional" of jsonExpress in the package.json of ${name}, or say config: { auth: false } if anybody may call it`,
    )
  })
  return watch
}

export interface EarlyRoutes {
  /** The package whose routes come now, for the message. */
  registering: string
}
