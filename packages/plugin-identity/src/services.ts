import type { AuthSettings } from '@json-express/core'
import type { FastifyInstance } from 'fastify'
import { type Accounts, createAccounts } from './accounts.js'
import { type Addresses, createAddresses } from './addresses.js'
import type { Identity } from './identity.js'
import type { Links } from './links.js'
import { createRecovery, type Recovery } from './recovery.js'
import { createRegistration, type Registration } from './registration.js'
import type { Sessions } from './sessions.js'
import type { Texts } from './texts/texts.js'
import { createThrottle } from './throttle.js'

/** What the routes call. */
export interface Services {
  identity: Identity
  settings: Readonly<AuthSettings>
  links: Links
  texts: Texts
  sessions: Sessions
  accounts: Accounts
  recovery: Recovery
  registration: Registration
  addresses: Addresses
}

export function createServices(
  app: FastifyInstance,
  { identity, links, sessions, texts }: Pick<Services, 'identity' | 'links' | 'sessions' | 'texts'>,
): Services {
  const { settings } = identity
  const throttle = createThrottle({
    ...{ kv: app.kv, rateLimiter: app.rateLimiter, lockout: settings.lockout },
    networkFailures: app.rateLimiter.limitOf('loginFailures'),
  })
  const accounts = createAccounts(app, { identity, sessions, throttle })
  return {
    ...{ identity, settings, links, sessions, texts, accounts },
    recovery: createRecovery(app, { identity, links, throttle }),
    registration: createRegistration(app, { identity, throttle }),
    addresses: createAddresses(app, { identity, accounts, links, throttle }),
  }
}
