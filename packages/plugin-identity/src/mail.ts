import type { AuthSettings, EmailMessage } from '@json-express/core'
import { htmlEscape } from 'escape-goat'

export type MailKind =
  | 'invite'
  | 'reset'
  | 'verify'
  | 'already-registered'
  | 'email-change'
  | 'email-change-requested'
  | 'email-changed'
  | 'password-changed'

export interface MailOptions {
  to: string
  /** For mails with a link. */
  token: string | null
  ttlMs: number
  intentId: string
  settings: Readonly<AuthSettings>
}

/** Builds a mail. The token stands in the fragment of the link, which no server, proxy or Referer ever sees. */
export function composeMail(kind: MailKind, { to, token, ttlMs, intentId, settings }: MailOptions): EmailMessage {
  const { appName, from, resetUrl, verifyUrl } = settings.email
  const { subject, lines, action } = TEXTS[kind](appName, lifetime(ttlMs))
  const link =
    token === null ? null : `${kind === 'verify' || kind === 'email-change' ? verifyUrl : resetUrl}#token=${token}`
  const host = new URL(resetUrl).hostname
  return {
    to,
    subject,
    text: [...lines, ...(link ? [link] : []), `— ${appName}`].join('\n\n'),
    html: page(appName, lines, link && action ? { link, action } : null),
    messageId: `${intentId}@${host}`,
    ...(from && { from }),
  }
}

const TEXTS: Record<
  MailKind,
  (appName: string, lifetime: string) => { subject: string; lines: string[]; action?: string }
> = {
  invite: (appName, lifetime) => ({
    subject: `Your account at ${appName}`,
    lines: [
      `An account has been made for you at ${appName}.`,
      `Choose your password here within ${lifetime}. The link works once.`,
    ],
    action: 'Choose your password',
  }),
  reset: (appName, lifetime) => ({
    subject: `Reset your password at ${appName}`,
    lines: [
      `Somebody, probably you, wants a new password for your account at ${appName}.`,
      `Set it here within ${lifetime}. The link works once. If it was not you, ignore this mail: nothing has changed.`,
    ],
    action: 'Set a new password',
  }),
  verify: (appName, lifetime) => ({
    subject: `Confirm your address for ${appName}`,
    lines: [
      `Somebody, probably you, has made an account at ${appName} with this address.`,
      `Confirm it here within ${lifetime}. The link works once. If it was not you, ignore this mail.`,
    ],
    action: 'Confirm this address',
  }),
  'already-registered': (appName) => ({
    subject: `You have an account at ${appName}`,
    lines: [
      `Somebody, probably you, wanted to use this address for an account at ${appName}. There is one already.`,
      'Sign in with it, or reset its password if you do not know it. If it was not you, ignore this mail.',
    ],
  }),
  'email-change': (appName, lifetime) => ({
    subject: `Confirm your new address for ${appName}`,
    lines: [
      `Somebody, probably you, wants to move an account at ${appName} to this address.`,
      `Confirm it here within ${lifetime}. The link works once. If it was not you, ignore this mail.`,
    ],
    action: 'Confirm this address',
  }),
  'email-change-requested': (appName) => ({
    subject: `A new address for your account at ${appName}`,
    lines: [
      `Somebody, probably you, wants to move your account at ${appName} to another address.`,
      'Nothing has changed yet. If that was not you, change your password now.',
    ],
  }),
  'email-changed': (appName) => ({
    subject: `The address of your account at ${appName} was changed`,
    lines: [
      `Your account at ${appName} has another address now, and all sessions were ended.`,
      'If that was not you, ask whoever runs the service to revoke your account now.',
    ],
  }),
  'password-changed': (appName) => ({
    subject: `Your password at ${appName} was changed`,
    lines: [
      `The password of your account at ${appName} was changed, and all other sessions were ended.`,
      'If that was not you, ask whoever runs the service to revoke your account now.',
    ],
  }),
}

/** Inline styles and nothing from elsewhere: what mail clients agree on. */
function page(appName: string, lines: readonly string[], button: { link: string; action: string } | null): string {
  const paragraphs = lines.map((line) => htmlEscape`<p style="margin:0 0 16px">${line}</p>`).join('')
  const action = button
    ? htmlEscape`<p style="margin:24px 0"><a href="${button.link}" style="background:#111;color:#fff;padding:12px 20px;border-radius:8px;text-decoration:none">${button.action}</a></p><p style="margin:0 0 16px;color:#555;font-size:13px;word-break:break-all">${button.link}</p>`
    : ''
  const signature = htmlEscape`<p style="margin:24px 0 0;color:#555">— ${appName}</p>`
  return `<!doctype html><html lang="en"><body style="margin:0;padding:32px;background:#fff;color:#111;font:16px/1.5 system-ui,sans-serif"><div style="max-width:520px;margin:0 auto">${paragraphs}${action}${signature}</div></body></html>`
}

/** A duration as people say it, rounded down to its largest unit. */
function lifetime(ms: number): string {
  const units = [
    [86_400_000, 'day'],
    [3_600_000, 'hour'],
    [60_000, 'minute'],
    [1000, 'second'],
  ] as const
  const [size, unit] = units.find(([candidate]) => ms >= candidate && ms % candidate === 0) ?? units[3]
  const count = Math.max(1, Math.floor(ms / size))
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}
