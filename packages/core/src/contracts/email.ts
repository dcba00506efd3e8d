/** One mail to one recipient. */
export interface EmailMessage {
  /** One bare address (`ann@example.com`), no display name and no list. */
  to: string
  /** The sender, an address or `Name <address>`. Left out: the provider's own. */
  from?: string
  subject: string
  text: string
  html?: string
  /** Stable over retries (`<id@domain>` without the brackets), so that a receiver can drop a duplicate. */
  messageId?: string
}

/**
 * Sends mail.
 *
 * `to`, `from`, `subject` and `messageId` that hold CR, LF or NUL, or a `to` that is not exactly one bare address,
 * reject with `TypeError` before anything is sent: `assertEmailMessage` of core does the check for every provider.
 */
export interface IEmailProvider {
  /**
   * Resolves when the provider has accepted the mail. Rejects with `EmailRejectedError` when this mail will never be
   * accepted; with any other error it may be later, so the caller tries again.
   */
  send(message: EmailMessage): Promise<void>

  /** Resolves when mail could be sent now, rejects with `UnavailableError` when not. */
  health(): Promise<void>

  close(): Promise<void>
}
