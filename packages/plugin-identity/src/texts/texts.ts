/** The mails there are. */
export const MAIL_KINDS = [
  ...(['invite', 'reset', 'verify', 'email-change'] as const),
  ...(['already-registered', 'email-change-requested', 'email-changed', 'password-changed'] as const),
] as const
export type MailKind = (typeof MAIL_KINDS)[number]

/** Mails that are about a link. */
export const LINK_MAILS: readonly MailKind[] = ['invite', 'reset', 'verify', 'email-change']

/** One mail in one language; `{{appName}}` and `{{lifetime}}` are filled in. */
export interface MailTexts {
  subject: string
  /** Paragraphs. */
  lines: string[]
  /** What the link does, on its button; `''` for mails without one. */
  action: string
}

/** The hosted pages in one language; `{{appName}}` and `{{minLength}}` are filled in. */
export interface PageTexts {
  resetTitle: string
  resetIntroduction: string
  newPassword: string
  hint: string
  show: string
  setPassword: string
  passwordIsSet: string
  typePassword: string
  weakPassword: string
  verifyTitle: string
  verifyIntroduction: string
  verify: string
  isVerified: string
  working: string
  badLink: string
  tooMany: string
  failed: string
  unreachable: string
  noScript: string
}

/** Everything that people read, in one language. */
export interface Texts {
  mails: Record<MailKind, MailTexts>
  pages: PageTexts
}
