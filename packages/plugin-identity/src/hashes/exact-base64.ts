/**
 * The bytes of base64 (RFC 4648 section 4), padded or not. `null` for any other spelling: a decoder that is lenient with
 * the last bits would let several texts stand for one hash.
 */
export function exactBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64')
  const padded = bytes.toString('base64')
  return text === padded || text === padded.replace(/=+$/, '') ? bytes : null
}
