import { appFolder } from '../harness/app-folder.js'
import { adminFrom, type Call, client, signIn } from '../harness/client.js'
import { type RunningServer, run, startServer } from '../harness/server.js'
import { type PostgresServer, startPostgres } from '../harness/servers/postgres-server.js'
import { type RedisServer, startRedis } from '../harness/servers/redis-server.js'
import type { Teardown } from '../harness/servers/server-process.js'
import { type SmtpServer, startSmtp } from '../harness/servers/smtp-server.js'

export const PRODUCTION = { '@json-express/preset-identity-production': '*' }
export const PASSWORD = 'correct horse battery'

type Environment = Record<string, string>
export type Process = ReturnType<typeof run>

export interface Stack {
  postgres: PostgresServer
  redis: RedisServer
  smtp: SmtpServer
  /** The URL of the app's database. */
  database: string
  dir: string
  /** What the environment of every process of the app says. */
  env: Environment
  serve(more?: Environment): Promise<RunningServer>
  /** A worker beside the servers. */
  work(): Promise<Process>
  /** The token of the nth link mailed to an address, the first being 1. */
  linkTo(email: string, nth?: number): Promise<string>
}

export interface StackOptions {
  files?: Record<string, string | object>
  /** Default: the servers leave the queue to workers. */
  env?: Environment
}

/** PostgreSQL, Redis and a mail server of the test's own, and an app on the production preset. */
export async function startStack(t: Teardown, { files = {}, env = {} }: StackOptions = {}): Promise<Stack> {
  const [postgres, redis, smtp] = await Promise.all([startPostgres(t), startRedis(t), startSmtp(t)])
  const database = await postgres.database()
  const dir = appFolder(t, { dependencies: PRODUCTION, files })
  const all = {
    NODE_ENV: 'production',
    JEX__AUTH__SECRET: 'Zs2ggnAvNQpyxWVWRuqeJwkMHcHLDYyMuYiPwqFMLvY',
    JEX__PUBLIC_URL: 'http://localhost',
    JEX__ADAPTER_POSTGRES__URL: database,
    JEX__KV_REDIS__URL: redis.url,
    JEX__QUEUE_BULLMQ__URL: redis.url,
    JEX__EMAIL_SMTP__URL: smtp.url,
    JEX__EMAIL_SMTP__FROM: 'Help desk <no-reply@example.com>',
    JEX__EMAIL_SMTP__REQUIRE_TLS: 'false',
    JEX__WORKER: 'false',
    ...env,
  }
  return {
    ...{ postgres, redis, smtp, database, dir, env: all },
    serve: (more = {}) => startServer(t, dir, { env: { ...all, ...more } }),
    async work() {
      const worker = run(t, dir, { args: ['worker'], env: all })
      await worker.printed(/working the queues/)
      return worker
    },
    async linkTo(email, nth) {
      const { text } = await smtp.mailTo(email, nth)
      return /#token=([\w-]{43})\s/.exec(text)?.[1] ?? ''
    },
  }
}

/** The first admin's access token, of the server that made the account. */
export function adminOf(server: RunningServer): Promise<string> {
  return signIn(client(server.url), adminFrom(server.output()))
}

export async function provision(call: Call, admin: string, email: string): Promise<void> {
  const { status, text } = await call('POST', '/users', { email, role: 'user' }, admin)
  if (status !== 201) throw new Error(`provision: ${status} ${text}`)
}
