import '@json-express/core'
import { resolve } from 'node:path'
import fp from 'fastify-plugin'
import Type, { type Static } from 'typebox'
import { createSqliteAdapter } from './sqlite-adapter.js'

export { createSqliteAdapter, type SqliteAdapterOptions } from './sqlite-adapter.js'

/** The settings below `jex.adapter-sqlite`. */
export const configSchema = Type.Object(
  {
    file: Type.String({
      default: '.jex/data.sqlite',
      minLength: 1,
      description: 'The database file, relative to the app; `:memory:` forgets everything at exit',
    }),
  },
  { additionalProperties: false },
)

/** Decorates `app.db` with a SQLite database. */
export default fp<Static<typeof configSchema>>(
  async (app, { file }) => {
    const db = createSqliteAdapter({ file: file === ':memory:' ? file : resolve(file), log: app.log })
    app.decorate('db', db)
    app.addHook('onClose', () => db.close())
  },
  { name: '@json-express/adapter-sqlite', fastify: '5.x' },
)
