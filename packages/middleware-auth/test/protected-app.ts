import type { IDatabaseAdapter, Row } from '@json-express/core'
import { authSettingsSchema } from '@json-express/core'
import { createHost } from '@json-express/testing'
import type { FastifyInstance } from 'fastify'
import middlewareAuth from '../src/index.js'
import { SECRET } from './forge.js'

export interface ProtectedApp {
  app: FastifyInstance
  /** The rows of users: change them and the very next request knows. */
  rows: Map<string, Row>
  /** The ids of each query for users, in order. */
  queries: (string | number)[][]
  /** The lines of the log, from warnings upwards. */
  log: string[]
  /** Makes the database fail while set. */
  outage: { error: Error | null }
  get(authorization?: string, url?: string): Promise<Answer>
}

export interface Answer {
  status: number
  code: string | undefined
  message: string | undefined
  challenge: unknown
  body: Record<string, unknown>
}

export function user(id: string, changes: Partial<Row> = {}): Row {
  return { id, role: 'user', tokenVersion: 0, disabled: false, ...changes }
}

/** A server with the middleware over a table of users, and `GET /me`, which needs a caller. */
export async function protectedApp(
  auth: Record<string, unknown> = {},
  { users = true, routes = (_app: FastifyInstance) => {} } = {},
): Promise<ProtectedApp> {
  const log: string[] = []
  const logger = { level: 'warn', stream: { write: (line: string) => void log.push(line) } }
  const app = createHost({
    server: { logger },
    schemas: { auth: authSettingsSchema },
    settings: { auth: { secret: SECRET, ...auth } },
  })
  const rows = new Map([user('ann'), user('bob', { role: 'admin' })].map((row) => [String(row.id), row]))
  const queries: (string | number)[][] = []
  const outage: { error: Error | null } = { error: null }
  const db: Pick<IDatabaseAdapter, 'findByIds'> = {
    async findByIds(_collection, ids) {
      queries.push([...ids])
      if (outage.error) throw outage.error
      return ids.flatMap((id) => rows.get(String(id)) ?? [])
    },
  }
  app.decorate('db', db as IDatabaseAdapter)
  app.decorate('collections', { has: (name: string) => users && name === 'users' } as FastifyInstance['collections'])
  await app.register(middlewareAuth)
  app.get('/me', ({ user }) => ({ user }))
  routes(app)
  await app.ready()

  return {
    app,
    rows,
    queries,
    log,
    outage,
    async get(authorization, url = '/me') {
      const response = await app.inject({ url, headers: authorization === undefined ? {} : { authorization } })
      const body: Record<string, unknown> = response.json()
      const { code, message } = body as { code?: string; message?: string }
      return { status: response.statusCode, code, message, challenge: response.headers['www-authenticate'], body }
    },
  }
}
