import { type AuthSettings, type IConfigProvider, readAuthSettings } from '@json-express/core'
import type { Outbox } from './outbox.js'
import { createPasswords, type Passwords } from './passwords.js'
import type { Sessions } from './sessions.js'

/** What the models and the routes of one app share. */
export interface Identity {
  settings: Readonly<AuthSettings>
  passwords: Passwords
  /** `null` without an e-mail provider: then nothing is mailed. */
  outbox: Outbox | null
  /** `null` where no local tokens are issued. */
  sessions: Sessions | null
}

const identities = new WeakMap<IConfigProvider, Identity>()

/** The identity of an app. Models are made before the app has plugins, so its settings are what both have in common. */
export function identityOf(config: IConfigProvider): Identity {
  const known = identities.get(config)
  if (known !== undefined) return known
  const settings = readAuthSettings(config)
  const identity: Identity = { settings, passwords: createPasswords(settings), outbox: null, sessions: null }
  identities.set(config, identity)
  return identity
}
