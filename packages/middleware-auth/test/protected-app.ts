import type { IDatabaseAdapter, IKvStore, Row } from '@json-express/core'
import { authSettingsSchema, sessionKey } from '@json-express/core'
import { createMemoryKvStore } from '@json-express/kv-memory'
import { createHost } from '@json-express/testing'
import type { FastifyInstance } from 'fastify'
import middlewareAuth from '../src/index.js'
import { SECRET } from './forge.js'

export interface ProtectedApp {
  app: FastifyInstance
  /** The rows of users: change them and the very next request knows. */
  rows: Map<string, Row>
  /** The rows of auth_identities. */
  links: Row[]
  /** The ids of each query for users, in order. */
  queries: (string | number)[][]
  /** The subjects of each query for links, in order. */
  linkQueries: unknown[]
  /** The lines of the log, from warnings upwards. */
  log: string[]
  /** Makes the database fail while set. */
  outage: { error: Error | null }
  /** Starts a session of the user, the one that `claims` names. */
  signIn(id: string): Promise<void>
  get(authorization?: string, url?: string): Promise<Answer>
}

export interface Answer {
  status: number
  code: string | undefined
  message: string | undefined
  challenge: unknown
  body: Record<string, unknown>
}

interface Surroundings {
  users?: boolean
  identities?: boolean
  kv?: IKvStore | null
  routes?: (app: FastifyInstance) => void
}

export function user(id: string, changes: Partial<Row> = {}): Row {
  return { id, role: 'user', tokenVersion: 0, disabled: false, ...changes }
}

/** A server with the middleware over a table of users, and `GET /me`, which needs a caller. */
export async function protectedApp(
  auth: Record<string, unknown> = {},
  { users = true, identities = false, kv = createMemoryKvStore(), routes = () => {} }: Surroundings = {},
): Promise<ProtectedApp> {
  const log: string[] = []
  const logger = { level: 'warn', stream: { write: (line: string) => void log.push(line) } }
  const app = createHost({
    server: { logger },
    schemas: { auth: authSettingsSchema },
    settings: { auth: { secret: SECRET, ...auth } },
  })
  const rows = new Map([user('ann'), user('bob', { role: 'admin' })].map((row) => [String(row.id), row]))
  const links: Row[] = []
  const queries: (string | number)[][] = []
  const linkQueries: unknown[] = []
  const outage: { error: Error | null } = { error: null }
  const db: Pick<IDatabaseAdapter, 'findByIds' | 'find'> = {
    async findByIds(_collection, ids) {
      queries.push([...ids])
      if (outage.error) throw outage.error
      return ids.flatMap((id) => rows.get(String(id)) ?? [])
    },
    async find(_collection, query) {
      const subjects: unknown = query?.where?.[0]?.value
      linkQueries.push(subjects)
      if (outage.error) throw outage.error
      return links.filter(({ subject }) => (subjects as unknown[]).includes(subject))
    },
  }
  const collections = [...(users ? ['users'] : []), ...(identities ? ['auth_identities'] : [])]
  // a store whose backend is gone takes no sessions
  const signIn = async (id: string) =>
    void (await kv?.set(sessionKey(`s-${id}`), { userId: id }).catch(() => undefined))
  app.decorate('db', db as IDatabaseAdapter)
  app.decorate('collections', { has: (name: string) => collections.includes(name) } as FastifyInstance['collections'])
  if (kv !== null) app.decorate('kv', kv).addHook('onClose', () => kv.close())
  await app.register(middlewareAuth)
  app.get('/me', ({ user }) => ({ user }))
  routes(app)
  await app.ready()
  await Promise.all([...rows.keys()].map(signIn))

  return {
    ...{ app, rows, links, queries, linkQueries, log, outage, signIn },
    async get(authorization, url = '/me') {
      const response = await app.inject({ url, headers: authorization === undefined ? {} : { authorization } })
      const body: Record<string, unknown> = response.json()
      const { code, message } = body as { code?: string; message?: string }
      return { status: response.statusCode, code, message, challenge: response.headers['www-authenticate'], body }
    },
  }
}
