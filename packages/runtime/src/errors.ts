import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import createError from '@fastify/error'
import { type ErrorDetail, errors, UnavailableError, validationFailed } from '@json-express/core'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** Codes of the server itself; those every package may use are in core. */
export const runtimeErrors = {
  InvalidJson: createError('INVALID_JSON', '%s', 400),
  BadRequest: createError('BAD_REQUEST', 'The request cannot be understood', 400),
  RequestTimeout: createError('REQUEST_TIMEOUT', 'The request took too long to arrive', 408),
  PayloadTooLarge: createError('PAYLOAD_TOO_LARGE', 'The body is too large', 413),
  UnsupportedMediaType: createError(
    'UNSUPPORTED_MEDIA_TYPE',
    'Send JSON in UTF-8: Content-Type: application/json',
    415,
  ),
  HeadersTooLarge: createError('HEADERS_TOO_LARGE', 'The header fields are too large', 431),
} as const

const FASTIFY_CODES: Record<string, () => FastifyError> = {
  FST_ERR_CTP_BODY_TOO_LARGE: () => new runtimeErrors.PayloadTooLarge(),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () => new runtimeErrors.UnsupportedMediaType(),
  FST_ERR_CTP_INVALID_TYPE: () => new runtimeErrors.UnsupportedMediaType(),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () => new runtimeErrors.BadRequest(),
  FST_ERR_BAD_URL: () => new runtimeErrors.BadRequest(),
  FST_ERR_NOT_FOUND: () => new errors.NotFound(),
}

/** `details` as `validationFailed` of core adds them, seconds as `retryAfter` does. */
type ClientError = FastifyError & { details?: readonly ErrorDetail[]; retryAfter?: number }

const CODE = /^[A-Z][A-Z0-9_]*$/
const FOREIGN_CODE = /^(FST_|ERR_|E[A-Z]+$)/
const RETRY_AFTER_SECONDS = 1

/** Every error answer of the server has one shape and one source: this handler. */
export function installErrorHandler(app: FastifyInstance): void {
  app.setErrorHandler(answerError)
  app.setNotFoundHandler(() => {
    throw new errors.NotFound()
  })
}

/** Answers with `{ error: { code, message } }`; what is not meant for the client becomes `INTERNAL` and a request id. */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const known = toClientError(error)
  if (known === null) {
    request.log.error({ err: error }, 'request failed')
    const message = 'Something went wrong on our side'
    reply.code(500).send({ error: { code: 'INTERNAL', message, requestId: request.id } })
    return
  }
  const status = known.statusCode ?? 500
  if (status === 401 && !reply.hasHeader('www-authenticate')) reply.header('www-authenticate', 'Bearer')
  if (status === 503) logUnavailable(request, error)
  const { details, retryAfter } = known
  const seconds = retryAfter ?? (status === 503 ? RETRY_AFTER_SECONDS : undefined)
  if (seconds !== undefined && !reply.hasHeader('retry-after')) reply.header('retry-after', seconds)
  reply.code(status).send({ error: { code: known.code, message: known.message, ...(details && { details }) } })
}

/** A dependency that fails is an error to look into; being too busy right now is not, and comes by the thousand. */
function logUnavailable({ log }: FastifyRequest, error: unknown): void {
  const failure = error instanceof UnavailableError ? error : (error as Error).cause
  if (failure) log.error({ err: failure }, 'a dependency is not available')
  else log.warn((error as Error).message)
}

/** The coded error to answer with, or `null` when nothing of it may reach the client. */
function toClientError(error: unknown): ClientError | null {
  if (error instanceof UnavailableError) return new errors.Unavailable()
  if (!(error instanceof Error)) return null
  const { code, statusCode, validation } = error as FastifyError
  if (validation) return validationFailed(validation.map(schemaDetail))
  const own = FASTIFY_CODES[code]
  if (own) return own()
  const status = statusCode ?? 500
  const coded = typeof code === 'string' && CODE.test(code) && !FOREIGN_CODE.test(code)
  if (status >= 400 && status < 500) return coded ? (error as FastifyError) : fallback(status, error as FastifyError)
  return coded && status === 503 ? (error as FastifyError) : null
}

/** A 4xx without a code of ours: Fastify's own say nothing more, an app's own keep their message. */
function fallback(status: number, error: FastifyError): FastifyError {
  const byStatus = { 403: errors.Forbidden, 404: errors.NotFound, 408: runtimeErrors.RequestTimeout } as const
  const Known = byStatus[status as keyof typeof byStatus] ?? runtimeErrors.BadRequest
  const known = new Known()
  const message = error.code === undefined ? error.message : known.message
  return Object.assign(known, { statusCode: status, message })
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

/** Answers what never becomes a request: rubbish on the socket, header fields too large, a client too slow. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy()
    return
  }
  const known = new (
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? runtimeErrors.RequestTimeout
      : error.code === 'HPE_HEADER_OVERFLOW'
        ? runtimeErrors.HeadersTooLarge
        : runtimeErrors.BadRequest
  )()
  const status = known.statusCode ?? 400
  const body = JSON.stringify({ error: { code: known.code, message: known.message } })
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: application/json; charset=utf-8\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  )
}
