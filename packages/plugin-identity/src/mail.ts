import type { AuthSettings, EmailMessage } from '@json-express/core'
import { htmlEscape } from 'escape-goat'
import type { MailTemplates } from './texts/load-templates.js'
import { fillHtml, fillText, type Values } from './texts/template.js'
import type { MailKind, MailTexts, Texts } from './texts/texts.js'

export type { MailKind } from './texts/texts.js'

export interface MailOptions {
  to: string
  /** For mails with a link. */
  token: string | null
  ttlMs: number
  intentId: string
  settings: Pick<AuthSettings, 'email'>
  texts: Texts
  templates?: MailTemplates
}

/** Builds a mail. The token stands in the fragment of the link, which no server, proxy or Referer ever sees. */
export function composeMail(
  kind: MailKind,
  { to, token, ttlMs, intentId, settings, texts, templates = {} }: MailOptions,
): EmailMessage {
  const { appName, from, locale, resetUrl, verifyUrl } = settings.email
  const page = kind === 'verify' || kind === 'email-change' ? verifyUrl : resetUrl
  const link = token === null ? '' : `${page}#token=${token}`
  const values: Values = { appName, lifetime: lifetime(ttlMs, locale), email: to, link }
  const { subject, lines, action } = filled(texts.mails[kind], values)
  const own = templates[kind] ?? {}
  return {
    to,
    subject,
    text: own.txt ? fillText(own.txt, values) : [...lines, ...(link ? [link] : []), `— ${appName}`].join('\n\n'),
    html: own.html ? fillHtml(own.html, values) : document({ locale, appName, lines, link, action }),
    messageId: `${intentId}@${new URL(page).hostname}`,
    ...(from && { from }),
  }
}

function filled({ subject, lines, action }: MailTexts, values: Values): MailTexts {
  const fill = (text: string) => fillText(text, values)
  return { subject: fill(subject), lines: lines.map(fill), action: fill(action) }
}

interface DocumentOptions {
  locale: string
  appName: string
  lines: readonly string[]
  link: string
  action: string
}

/** Inline styles and nothing from elsewhere: what mail clients agree on. */
function document({ locale, appName, lines, link, action }: DocumentOptions): string {
  const paragraphs = lines.map((line) => htmlEscape`<p style="margin:0 0 16px">${line}</p>`).join('')
  const button = link
    ? htmlEscape`<p style="margin:24px 0"><a href="${link}" style="background:#111;color:#fff;padding:12px 20px;border-radius:8px;text-decoration:none">${action}</a></p><p style="margin:0 0 16px;color:#555;font-size:13px;word-break:break-all">${link}</p>`
    : ''
  const signature = htmlEscape`<p style="margin:24px 0 0;color:#555">— ${appName}</p>`
  return `${htmlEscape`<!doctype html><html lang="${locale}">`}<body style="margin:0;padding:32px;background:#fff;color:#111;font:16px/1.5 system-ui,sans-serif"><div style="max-width:520px;margin:0 auto">${paragraphs}${button}${signature}</div></body></html>`
}

const UNITS = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
  [1000, 'second'],
] as const

/** A duration as people say it, in the largest unit that divides it. */
function lifetime(ms: number, locale: string): string {
  const [size, unit] = UNITS.find(([candidate]) => ms >= candidate && ms % candidate === 0) ?? UNITS[3]
  const words = new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' })
  return words.format(Math.max(1, Math.floor(ms / size)))
}
