const STRING = /"(?:[^"\\]|\\.)*"/g
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Parses the JSON of a token and freezes it. Throws where two readers could understand it differently: invalid UTF-8,
 * a name that stands twice (RFC 7515 section 4, RFC 7519 section 4), half a surrogate pair, `__proto__`, `constructor`.
 */
export function parseStrictJson(bytes: Uint8Array): unknown {
  const text = UTF8.decode(bytes)
  let names = -1 // the reviver is called once for the root, as a member named ''
  const value: unknown = JSON.parse(text, function (this: unknown, name, member: unknown) {
    if (!Array.isArray(this)) names++
    if (name === '__proto__' || name === 'constructor') throw new SyntaxError(`${name} is not a name`)
    if (!name.isWellFormed() || (typeof member === 'string' && !member.isWellFormed()))
      throw new SyntaxError('surrogate')
    return Object.freeze(member)
  })
  if (names !== namesWritten(text)) throw new SyntaxError('a name stands twice')
  return value
}

/** The names in a valid JSON text: outside of strings, every colon belongs to one. */
function namesWritten(text: string): number {
  return text.replace(STRING, '').split(':').length - 1
}
