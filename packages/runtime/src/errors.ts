import createError from '@fastify/error'

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
