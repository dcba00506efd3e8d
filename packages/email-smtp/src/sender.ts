import { assertEmailMessage } from '@json-express/core'
import addressparser from 'nodemailer/lib/addressparser'

export interface Sender {
  name: string
  address: string
}

/** Reads `ann@example.com` or `Ann <ann@example.com>`. Throws `TypeError` for anything but one clean address. */
export function readSender(text: string): Sender {
  const [sender, ...others] = addressparser(text, { flatten: true })
  if (sender === undefined || others.length > 0) throw new TypeError('email: from must be exactly one address')
  const { name, address } = sender
  assertEmailMessage({ to: address, from: text, subject: '', text: '' })
  return { name, address }
}
