import type { FastifyInstance, FastifyRequest } from 'fastify'
import sjson from 'secure-json-parse'
import { runtimeErrors } from './errors.js'

const MAX_DEPTH = 64
const STRING = /"(?:[^"\\]|\\.)*"/g
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Accepts JSON in UTF-8 as request body and nothing else. Beyond what JSON.parse refuses, refuses what two readers could
 * understand differently or a database could not hold: invalid UTF-8, duplicate keys (RFC 8259 section 4),
 * `__proto__` and `constructor.prototype`, NUL, lone surrogates, numbers that are none here (`1e400`), nesting deeper than 64.
 */
export function installJsonBody(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (request: FastifyRequest, body: Buffer) => {
    const charset = /charset\s*=\s*"?([^\s;"]+)/i.exec(request.headers['content-type'] ?? '')?.[1]
    if (charset !== undefined && !/^utf-?8$/i.test(charset)) throw new runtimeErrors.UnsupportedMediaType()
    return body.length === 0 ? undefined : parseJson(body)
  })
}

/** Parses a JSON text. Throws `INVALID_JSON`, saying why. */
export function parseJson(body: Uint8Array): unknown {
  let text: string
  let value: unknown
  try {
    text = UTF8.decode(body)
  } catch (cause) {
    throw invalid('The body is not valid UTF-8', cause)
  }
  if (text.startsWith('\ufeff')) throw invalid('The body starts with a byte order mark (RFC 8259 section 8.1)')
  try {
    value = sjson.parse(text, { protoAction: 'ignore', constructorAction: 'ignore' })
  } catch (cause) {
    throw invalid('The body is not valid JSON', cause)
  }
  if (inspect(value) !== memberCount(text)) throw invalid('A key of the body stands twice in one object')
  return value
}

/** Counts the members of all objects in the value and refuses what must not get further. */
function inspect(root: unknown): number {
  let members = 0
  let level = [root]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) throw invalid(`The body is nested deeper than ${MAX_DEPTH}`)
    const next: unknown[] = []
    for (const value of level) {
      if (typeof value === 'string') assertClean(value)
      if (typeof value === 'number' && !Number.isFinite(value)) throw invalid('A number of the body is too large')
      if (typeof value !== 'object' || value === null) continue
      if (Array.isArray(value)) {
        for (const item of value) next.push(item)
        continue
      }
      for (const key of Object.keys(value)) {
        if (key === '__proto__') throw invalid('__proto__ is not a key')
        assertClean(key)
        members++
        next.push((value as Record<string, unknown>)[key])
      }
      const own = (value as Record<string, unknown>).constructor
      if (
        Object.hasOwn(value, 'constructor') &&
        typeof own === 'object' &&
        own !== null &&
        Object.hasOwn(own, 'prototype')
      ) {
        throw invalid('constructor.prototype is not a key')
      }
    }
    level = next
  }
  return members
}

function assertClean(text: string): void {
  if (text.includes('\u0000') || !text.isWellFormed()) throw invalid('The body holds NUL or half a surrogate pair')
}

/** The members written in a valid JSON text: outside of strings, every colon belongs to one. */
function memberCount(text: string): number {
  let count = 0
  const bare = text.replace(STRING, '')
  for (let at = bare.indexOf(':'); at !== -1; at = bare.indexOf(':', at + 1)) count++
  return count
}

function invalid(message: string, cause?: unknown): Error {
  return Object.assign(new runtimeErrors.InvalidJson(message), { cause })
}
