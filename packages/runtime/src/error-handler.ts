import { STATUS_CODES, validateHeaderName, validateHeaderValue } from 'node:http'
import type { Socket } from 'node:net'
import { errors, UnavailableError } from '@json-express/core'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type ClientError, toClientError } from './client-error.js'
import { runtimeErrors } from './errors.js'

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
  const [known, body] = answerTo(error, request)
  dropBadHeaders(reply)
  if (known === null) {
    request.log.error({ err: error }, 'request failed')
    const message = 'Something went wrong on our side'
    reply.code(500).send({ error: { code: 'INTERNAL', message, requestId: request.id } })
    return
  }
  const status = known.statusCode ?? 500
  if (status === 401 && !reply.hasHeader('www-authenticate')) reply.header('www-authenticate', 'Bearer')
  if (status === 503) logUnavailable(request, error)
  const seconds = known.retryAfter ?? (status === 503 ? RETRY_AFTER_SECONDS : undefined)
  if (Number.isInteger(seconds) && !reply.hasHeader('retry-after')) reply.header('retry-after', seconds)
  reply.code(status).type('application/json; charset=utf-8').send(body)
}

/** All that reads the error, and writes it: should an error handler throw, Fastify answers in its own shape. */
function answerTo(error: unknown, request: FastifyRequest): [ClientError, string] | [null, null] {
  try {
    const known = toClientError(error, request)
    if (known === null) return [null, null]
    const { code, message, details } = known
    return [known, JSON.stringify({ error: { code, message, ...(details && { details }) } })]
  } catch {
    return [null, null] // details that are no JSON, getters that throw; the error itself is logged
  }
}

/** What a handler had set before it failed may be why it failed: the answer must not fail of it again. */
function dropBadHeaders(reply: FastifyReply): void {
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    try {
      validateHeaderName(name)
      for (const one of [value].flat()) validateHeaderValue(name, String(one))
    } catch {
      reply.removeHeader(name)
    }
  }
}

/** A dependency that fails is an error to look into; being too busy right now is not, and comes by the thousand. */
function logUnavailable({ log }: FastifyRequest, error: unknown): void {
  const failure = error instanceof UnavailableError ? error : (error as Error).cause
  if (failure) log.error({ err: failure }, 'a dependency is not available')
  else log.warn((error as Error).message)
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
