import { canonicalEmail } from './email-address.js'
import { hashFormat, storableHash } from './hashes/read-hash.js'
import { roleProblem } from './role.js'

/** Why each of them is none of an import's business. */
const NOT_IMPORTED: Readonly<Record<string, string>> = {
  id: 'users get new ids',
  password: 'passwords are imported as passwordHash',
  tokenVersion: 'it is counted here',
}

export type ImportRow = { email: string; data: Record<string, unknown> } | { refused: string }

/** A line of the file as the data of a user, its address canonical. A reason for refusal repeats nothing of the line. */
export function readImportRow(text: string): ImportRow {
  const data = parsed(text)
  if (data === null) return { refused: 'not a JSON object' }
  for (const [field, why] of Object.entries(NOT_IMPORTED)) {
    if (Object.hasOwn(data, field)) return { refused: `${field} is not imported: ${why}` }
  }
  const { email, passwordHash = null, role } = data
  if (typeof email !== 'string') return { refused: 'email is required, as text' }
  const problem = role === undefined ? null : roleProblem(role)
  if (problem !== null) return { refused: problem }
  if (passwordHash !== null) {
    if (typeof passwordHash !== 'string') return { refused: 'passwordHash is text' }
    data.passwordHash = storableHash(passwordHash)
    const format = hashFormat(storableHash(passwordHash))
    if ('refused' in format) return { refused: `passwordHash: ${format.refused}` }
  }
  try {
    const canonical = canonicalEmail(email)
    // null is how other systems write "not yet": what is left out gets its default
    const known = Object.fromEntries(Object.entries(data).filter(([, value]) => value !== null))
    return { email: canonical, data: { ...known, email: canonical } }
  } catch (error) {
    return { refused: `email: ${(error as Error).message}` }
  }
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null
  } catch {
    return null
  }
}
