import { STATUS_CODES } from 'node:http'
import { type ErrorDetail, errors, UnavailableError, validationFailed } from '@json-express/core'
import type { FastifyError, FastifyRequest } from 'fastify'
import { runtimeErrors } from './errors.js'

/** `details` as `validationFailed` of core adds them, seconds as `retryAfter` does. */
export type ClientError = FastifyError & { details?: readonly ErrorDetail[]; retryAfter?: number }

/** `expose` is how http-errors and @fastify/sensible say that an error was made for the client. */
type Thrown = FastifyError & { expose?: boolean }

/**
 * The coded error to answer with, or `null` when nothing of it may reach the client. Whoever throws has to say that an
 * error is for the client, by a code of its own: those of HTTP clients and drivers carry status codes too, and a service
 * that turned this server away must not look like one that turned the caller away.
 */
export function toClientError(error: unknown, request: FastifyRequest): ClientError | null {
  if (error instanceof UnavailableError) return new errors.Unavailable()
  if (!(error instanceof Error)) return null
  const { code, statusCode: status = 500, validation, expose, message } = error as Thrown
  if (code === 'FST_ERR_VALIDATION' && Array.isArray(validation)) return validationFailed(validation.map(schemaDetail))
  const own = FASTIFY_CODES[code]
  if (own) return own()
  if (!Number.isInteger(status) || typeof message !== 'string') return null
  const refuses = status >= 400 && status < 500
  if (isOwn(error as Thrown)) return refuses || status === 503 ? (error as Thrown) : null
  if (!refuses) return null
  if (expose === true) return byStatus(status, request, message)
  return typeof code === 'string' && code.startsWith('FST_') ? byStatus(status, request) : null
}

const FASTIFY_CODES: Record<string, () => FastifyError> = {
  FST_ERR_CTP_BODY_TOO_LARGE: () => new runtimeErrors.PayloadTooLarge(),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () => new runtimeErrors.UnsupportedMediaType(),
  FST_ERR_CTP_INVALID_TYPE: () => new runtimeErrors.UnsupportedMediaType(),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () => new runtimeErrors.BadRequest(),
  FST_ERR_BAD_URL: () => new runtimeErrors.BadRequest(),
  FST_ERR_NOT_FOUND: () => new errors.NotFound(),
}

const CODE = /^[A-Z][A-Z0-9_]*$/
/** As Node, its fetch and the system call their errors, and Fastify its own. */
const FOREIGN_CODE = /^(FST_|(UND_)?ERR_|E[A-Z]+$)/

/** Whether the code is one of this server, its packages, or the app. */
function isOwn({ code, name }: Thrown): boolean {
  if (typeof code !== 'string' || !CODE.test(code)) return false
  return !FOREIGN_CODE.test(code) || (name === 'FastifyError' && !code.startsWith('FST_'))
}

/** The code of a status where the error brings none. Fastify's own say nothing more, an app's keep their message. */
function byStatus(status: number, { headers }: FastifyRequest, message?: string): FastifyError {
  // the bodies of 401 are constant, one per code
  if (status === 401) return headers.authorization === undefined ? new errors.MissingToken() : new errors.InvalidToken()
  const known = new (KNOWN[status] ?? runtimeErrors.BadRequest)()
  const text = STATUS_CODES[status]
  const named = KNOWN[status] === undefined && text !== undefined && { code: nameOf(text), message: text }
  return Object.assign(known, named, { statusCode: status }, message !== undefined && { message })
}

const KNOWN: Record<number, new () => FastifyError> = {
  400: runtimeErrors.BadRequest,
  403: errors.Forbidden,
  404: errors.NotFound,
  408: runtimeErrors.RequestTimeout,
  413: runtimeErrors.PayloadTooLarge,
  415: runtimeErrors.UnsupportedMediaType,
  429: errors.RateLimited,
  431: runtimeErrors.HeadersTooLarge,
}

/** `Unprocessable Entity` is `UNPROCESSABLE_ENTITY`. */
function nameOf(text: string): string {
  return text.toUpperCase().replace(/[^A-Z]+/g, '_')
}

function schemaDetail({
  instancePath,
  keyword,
  params,
  message,
}: NonNullable<FastifyError['validation']>[number]): ErrorDetail {
  const path = instancePath.split('/').slice(1).join('.')
  if (keyword === 'additionalProperties') return { field: String(params.additionalProperty), message: 'is not a field' }
  if (keyword === 'required') return { field: String(params.missingProperty), message: 'is required' }
  return { field: path, message: message ?? 'is not valid' }
}
