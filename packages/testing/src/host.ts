import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import { createPlainSettings, type PlainSettings } from './plain-settings.js'

export interface HostOptions extends PlainSettings {
  /** Goes to Fastify. */
  server?: FastifyServerOptions
  /** Default `serve`. */
  purpose?: FastifyInstance['purpose']
  /** Default true. */
  takesJobs?: boolean
}

/**
 * Makes a bare Fastify with what every package may rely on, `app.settings`, `app.purpose`, `app.takesJobs` and
 * `request.user`, so that a package can be tested without the runtime: `await createHost().register(plugin)`. Close it after the test.
 */
export function createHost({
  server = {},
  purpose = 'serve',
  takesJobs = true,
  ...settings
}: HostOptions = {}): FastifyInstance {
  const app = Fastify(server)
  app.decorate('settings', createPlainSettings(settings))
  app.decorate('purpose', purpose)
  app.decorate('takesJobs', takesJobs)
  app.decorateRequest('user', null)
  return app
}
