import { randomBytes } from 'node:crypto'
import fastify, { type FastifyInstance, LogController } from 'fastify'
import { answerClientError, answerError, installErrorHandler } from './error-handler.js'
import { installJsonBody } from './json-body.js'
import type { Plan } from './plan.js'
import { installSecurityHeaders, SECURITY_HEADERS } from './security-headers.js'
import { installConnectionClose } from './shutdown.js'
import { createStdoutLog, outliveStdout } from './stdout-log.js'

const MAX_PARAM_LENGTH = 1024

/**
 * Takes what matters of the log, in place of stdout: warnings and worse, and events, which tell an operator later what was
 * done. JSON lines, readable ones where it is a terminal.
 */
export interface LogStream {
  write(line: string): unknown
  readonly isTTY?: boolean
}

export interface ServerOptions {
  purpose: FastifyInstance['purpose']
  log?: LogStream | undefined
}

/** Fastify with everything that holds for every route, before any package is registered. */
export async function createServer(
  { app: { dir }, settings }: Pick<Plan, 'app' | 'settings'>,
  { purpose, log }: ServerOptions,
): Promise<FastifyInstance> {
  const level = levelOf(String(settings.get('log.level')), log)
  const trustProxy = settings.get('trustProxy') as string[] | undefined
  const secured = settings.get('security.headers') === true
  if (!log) outliveStdout()
  const stream = log ?? createStdoutLog()
  const app = fastify({
    logger: {
      level,
      ...(log && { hooks: { logMethod: onlyWhatMatters } }),
      stream: (log ?? process.stdout).isTTY ? await readable(stream) : stream,
      // never the query string: it is where careless clients put secrets
      serializers: { req: ({ method, url, ip }) => ({ method, path: url?.split('?', 1)[0], ip }) },
    },
    logController: new LogController({ disableRequestLogging: !['debug', 'trace'].includes(level) }),
    genReqId: requestIds(),
    requestIdHeader: false,
    bodyLimit: Number(settings.get('bodyLimit')),
    ...(trustProxy && { trustProxy }),
    // an id has 255 code points at most, each two units of UTF-16; endpoints may take more than an id
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    // slow clients: Node looks at these only every connectionsCheckingInterval
    requestTimeout: 15_000,
    connectionTimeout: 30_000,
    keepAliveTimeout: 5_000,
    http: { headersTimeout: 10_000, connectionsCheckingInterval: 2_000, maxHeaderSize: 16_384 },
    forceCloseConnections: 'idle',
    // what still comes on a connection that is busy is answered, and told to close it: a proxy's pool sees no 503
    return503OnClosing: false,
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: true, allErrors: true } },
    frameworkErrors(error, request, reply) {
      if (secured) reply.headers(SECURITY_HEADERS) // no hook runs for what never becomes a request
      answerError(error, request, reply)
    },
    clientErrorHandler: answerClientError,
  })
  app.decorate('settings', settings)
  app.decorate('dir', dir)
  app.decorate('purpose', purpose)
  app.decorate('takesJobs', purpose === 'worker' || (purpose === 'serve' && settings.get('worker') === true))
  app.decorateRequest('user', null)
  installErrorHandler(app)
  installJsonBody(app)
  installConnectionClose(app)
  if (secured) installSecurityHeaders(app)
  const origin = settings.get('cors.origin') as string[] | undefined
  if (origin && origin.length > 0) {
    const { default: cors } = await import('@fastify/cors')
    await app.register(cors, {
      origin: origin.includes('*') ? '*' : origin,
      credentials: settings.get('cors.credentials') === true,
      methods: ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'],
      exposedHeaders: ['Link', 'Location', 'Retry-After', 'X-Total-Count'],
    })
  }
  return app
}

/** Loaded where there is a terminal: servers start sooner without it. */
async function readable(destination: LogStream): Promise<LogStream> {
  const { default: pretty } = await import('pino-pretty')
  return pretty({ translateTime: 'HH:MM:ss', ignore: 'pid,hostname', sync: true, destination })
}

/** A log that goes elsewhere says what matters there, or less where the settings want less. */
function levelOf(wanted: string, log: LogStream | undefined): string {
  return log && ['debug', 'trace'].includes(wanted) ? 'info' : wanted
}

const WARN = 40

function onlyWhatMatters(this: unknown, args: unknown[], method: (...args: never[]) => void, level: number): void {
  const isEvent = typeof args[0] === 'object' && args[0] !== null && 'event' in args[0]
  if (level >= WARN || isEvent) method.apply(this, args as never[])
}

/** Short ids, unlike those of any other start: an operator can look one up in the log. */
function requestIds(): () => string {
  const start = randomBytes(4).toString('hex')
  let count = 0
  return () => `${start}-${(count++).toString(36)}`
}
