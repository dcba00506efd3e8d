import { setting } from '@json-express/core'
import fp from 'fastify-plugin'
import Type, { type Static } from 'typebox'
import { createSqliteAdapter } from './sqlite-adapter.js'

export { createSqliteAdapter, type SqliteAdapterOptions } from './sqlite-adapter.js'

/** The settings below `jex.adapter-sqlite`. */
export const configSchema = Type.Object(
  {
    file: setting.path({
      default: '.jex/data.sqlite',
      description: 'The database file, relative to the app; `:memory:` forgets everything at exit',
    }),
  },
  { additionalProperties: false },
)

/** Decorates `app.db` with a SQLite database. */
export default fp<Static<typeof configSchema>>(
  async (app, { file }) => {
    const db = createSqliteAdapter({ file, log: app.log })
    app.decorate('db', db)
    app.addHook('onClose', () => db.close())
  },
  { name: '@json-express/adapter-sqlite', fastify: '5.x' },
)
