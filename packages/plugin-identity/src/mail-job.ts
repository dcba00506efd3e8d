import type { AuthSettings, Collections, Row } from '@json-express/core'
import { isMailbox } from './email-address.js'
import type { LinkPurpose } from './links.js'
import type { MailKind } from './mail.js'

/** What an intent asks for. The last two name an address alone: whose it is, if anybody's, is found out at sending. */
export type IntentKind = MailKind | 'forgot' | 'resend'

/** A mail as it has to go out right now. */
export interface MailJob {
  kind: MailKind
  to: string
  user: Row | null
  /** For mails with a link. */
  link: { purpose: LinkPurpose; ttlMs: number } | null
}

/** What an intent has become by now: users change between asking and sending. `null` when nothing is owed any more. */
export async function mailJobOf(
  intent: Row,
  collections: Collections,
  settings: Pick<AuthSettings, 'inviteTtl' | 'resetTtl' | 'verifyTtl'>,
): Promise<MailJob | null> {
  const users = collections.get('users')
  const address = intent.address === null ? null : String(intent.address)
  const kind = intent.kind as IntentKind
  const byAddress = kind === 'forgot' || kind === 'resend' || kind === 'already-registered'
  const user = byAddress ? await users.findOne({ email: address }) : await users.get(String(intent.userId))
  if (user === null || user.disabled === true) return null
  const to = address ?? String(user.email)
  if (!isMailbox(to)) return null
  const passwordless = user.passwordHash === null
  const password = (ttlMs: number) => ({ purpose: 'password' as const, ttlMs })

  switch (kind) {
    case 'invite':
      return passwordless ? { kind, to, user, link: password(settings.inviteTtl) } : null
    case 'forgot':
    case 'reset':
      return passwordless
        ? { kind: 'invite', to, user, link: password(settings.inviteTtl) }
        : { kind: 'reset', to, user, link: password(settings.resetTtl) }
    case 'resend':
    case 'verify':
      return user.emailVerified === true
        ? null
        : { kind: 'verify', to, user, link: { purpose: 'verify', ttlMs: settings.verifyTtl } }
    case 'email-change': {
      // whoever asked had the right to, then: a password changed or a session ended since has taken it away
      if (user.tokenVersion !== intent.tokenVersion) return null
      const taken = await users.findOne({ email: to })
      // whoever has the address learns of it, whoever asks does not
      if (taken !== null)
        return taken.id === user.id ? null : { kind: 'already-registered', to, user: taken, link: null }
      return { kind, to, user, link: { purpose: 'email', ttlMs: settings.verifyTtl } }
    }
    default:
      return { kind, to, user, link: null }
  }
}
