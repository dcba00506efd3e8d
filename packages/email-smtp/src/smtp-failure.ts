import { EmailRejectedError, UnavailableError } from '@json-express/core'

/** What nodemailer says about a mail that did not go. */
interface NodemailerError extends Error {
  code?: string
  command?: string
  response?: string
  responseCode?: number
}

const LONGEST = 200
/** Not signed in, or not over TLS (RFC 4954, RFC 3207): the operator's matter, whatever step it is said at. */
const SIGN_IN = [530, 534, 535, 538]
/** A mailbox that is full now may have room later (RFC 5321 section 4.5.3.1.10 has 552 taken as temporary too). */
const FULL = 552
/** Refused for the policy of the server or for the sender (RFC 3463): many say so only when they know the recipient. */
const SENDER = /^5\d\d[ -]5\.(?:7\.\d+|1\.[78])\b/

/**
 * What the failure of a mail means: `EmailRejectedError` when the server refused the recipient or the message for good
 * (5xx to RCPT TO or DATA, RFC 5321 section 4.2.1), `UnavailableError` for everything else: what the operator can mend, a
 * refused sender or sign-in, and what passes. Of a refused recipient the enhanced code tells whom it is meant for.
 */
export function explainFailure(error: unknown): EmailRejectedError | UnavailableError {
  const { code, command, responseCode, response, message } = error as NodemailerError
  const said = oneLine(response ?? message)
  const final = responseCode !== undefined && responseCode >= 500 && ![...SIGN_IN, FULL].includes(responseCode)
  const ofSender = final && (command === 'MAIL FROM' || SENDER.test(said))
  if (final && !ofSender && (command === 'RCPT TO' || command === 'DATA')) {
    return new EmailRejectedError(`the mail server refuses it: ${said}`, { cause: error })
  }
  if (code === 'EAUTH' || (responseCode !== undefined && SIGN_IN.includes(responseCode))) {
    return unavailable(`the mail server refuses the sign-in, correct jex.email-smtp.url: ${said}`, error)
  }
  if (ofSender) {
    return unavailable(
      `the mail server refuses the sender, correct jex.email-smtp.from or jex.auth.email.from: ${said}`,
      error,
    )
  }
  if (code === 'ETLS') {
    return unavailable(`TLS fails; a server without it needs jex.email-smtp.requireTls=false: ${said}`, error)
  }
  return unavailable(`the mail server cannot take it now: ${said}`, error)
}

function unavailable(message: string, cause: unknown): UnavailableError {
  return new UnavailableError(message, { cause })
}

function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Bidi_Control}\u2028\u2029\s]+/gu, ' ').slice(0, LONGEST)
}
