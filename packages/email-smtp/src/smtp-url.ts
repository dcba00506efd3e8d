import { BootError } from '@json-express/core'

export interface SmtpUrl {
  host: string
  port: number
  /** TLS from the first byte on (`smtps://`), otherwise by STARTTLS. */
  implicitTls: boolean
  auth?: { user: string; pass: string }
}

const EXPECTED =
  'write smtp://user:password@host:587, or smtps://user:password@host:465, with special characters as %XX'

/**
 * Reads `smtp://user:password@host:587` or `smtps://…:465`. Options behind a `?` are refused: nodemailer would let them
 * turn the check of certificates off. Throws `BootError`, which shows nothing of the URL.
 */
export function readSmtpUrl(text: string): SmtpUrl {
  try {
    const { protocol, hostname, port, username, password, pathname, search, hash } = new URL(text)
    const implicitTls = protocol === 'smtps:'
    if (!implicitTls && protocol !== 'smtp:') throw new Error('another protocol')
    if (hostname === '' || search !== '' || hash !== '' || !['', '/'].includes(pathname))
      throw new Error('more than that')
    return {
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? (implicitTls ? 465 : 587) : Number(port),
      implicitTls,
      ...(username && { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
    }
  } catch (cause) {
    throw new BootError(`jex.email-smtp.url cannot be used: ${EXPECTED}`, { cause })
  }
}
