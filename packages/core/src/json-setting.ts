import { BootError } from './errors.js'

/** The object that a setting holds as JSON, an empty one where it is not set. Throws `BootError` for anything else. */
export function readJsonSetting(key: string, json: string | undefined): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json ?? '{}')
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  } catch {
    // the same answer as for JSON that is no object; the parser's own message would quote what may be a password
  }
  throw new BootError(`${key} is not a JSON object: write the options as one, or leave it out`)
}
