import { isIP } from 'node:net'
import { domainToASCII } from 'node:url'
import formats from 'ajv-formats'
import { identityErrors } from './errors.js'

const MAX_LENGTH = 254
const MAX_LOCAL_PART = 64
const MAX_LABEL = 63

/** The format that Ajv checks as `email`: RFC 5322 addresses without comments, quotes and literals. */
const EMAIL = formats.default.get('email') as RegExp

/** Any ASCII but letters, digits, dot and hyphen: domainToASCII drops tabs, cuts at a slash and decodes percents. */
const NOT_IN_DOMAIN = /[^a-z0-9.\u0080-\u{10ffff}-]/u

/** Login names of a machine without mail, like the seeded admin's: valid, and never written to. */
const LOCAL = /^[a-z0-9][a-z0-9._-]*@local$/

/**
 * The one form of an address that is stored, compared and written to: trimmed, NFC, lower case, the domain in ASCII
 * (RFC 5890). Validated after that, never before. Throws `INVALID_EMAIL`.
 */
export function canonicalEmail(input: string): string {
  const text = input.trim().normalize('NFC').toLowerCase()
  const at = text.lastIndexOf('@')
  const written = text.slice(at + 1)
  const domain = NOT_IN_DOMAIN.test(written) ? '' : domainToASCII(written)
  const email = `${text.slice(0, at)}@${domain}`
  if (at < 1 || domain === '' || isIP(domain) !== 0 || !isDeliverable(email)) throw new identityErrors.InvalidEmail()
  return email
}

/** Whether mail may be sent there at all. */
export function isMailbox(email: string): boolean {
  return !LOCAL.test(email)
}

function isDeliverable(email: string): boolean {
  const [local = '', domain = ''] = email.split('@')
  return (
    email.length <= MAX_LENGTH &&
    local.length <= MAX_LOCAL_PART &&
    domain.split('.').every((label) => label.length <= MAX_LABEL) &&
    (EMAIL.test(email) || LOCAL.test(email))
  )
}
