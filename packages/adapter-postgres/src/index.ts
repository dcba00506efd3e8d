import { setting } from '@json-express/core'
import fp from 'fastify-plugin'
import Type, { type Static } from 'typebox'
import { createPostgresAdapter } from './postgres-adapter.js'

export { createPostgresAdapter, type PostgresAdapterOptions } from './postgres-adapter.js'

/** The settings below `jex.adapter-postgres`. */
export const configSchema = Type.Object(
  {
    url: setting.secret({
      pattern: '^postgres(ql)?://.',
      description: 'The database: postgres://user:password@host:5432/name, with ?sslmode=verify-full for TLS',
    }),
    maxConnections: Type.Integer({
      default: 10,
      minimum: 1,
      maximum: 1000,
      description: 'Connections of this process at most; one a transaction',
    }),
    statementTimeout: setting.duration({
      default: 5000,
      minimum: 100,
      maximum: 600_000,
      description: 'How long one statement may take, waiting for locks included',
    }),
    connectTimeout: setting.duration({
      default: 2000,
      minimum: 100,
      maximum: 60_000,
      description: 'How long to wait for a connection, a new one or a free one',
    }),
  },
  { additionalProperties: false },
)

/** Decorates `app.db` with a PostgreSQL database. */
export default fp<Static<typeof configSchema>>(
  async (app, settings) => {
    const db = await createPostgresAdapter({ ...settings, log: app.log })
    app.decorate('db', db)
    app.addHook('onClose', () => db.close())
  },
  { name: '@json-express/adapter-postgres', fastify: '5.x' },
)
