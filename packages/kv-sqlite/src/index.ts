import { setting } from '@json-express/core'
import fp from 'fastify-plugin'
import Type, { type Static } from 'typebox'
import { createSqliteKvStore } from './sqlite-kv-store.js'

export { createSqliteKvStore, type SqliteKvStoreOptions } from './sqlite-kv-store.js'

/** The settings `jex.kv-sqlite.*`. */
export const configSchema = Type.Object(
  {
    file: setting.path({
      default: '.jex/kv.sqlite',
      description: 'The file of sessions, links and counters, relative to the app; not the one of the database',
    }),
  },
  { additionalProperties: false },
)

/** Decorates `app.kv` with a store on a SQLite file. Throws `BootError` when the file cannot be used. */
export default fp<Static<typeof configSchema>>(
  async (app, { file }) => {
    const kv = createSqliteKvStore({ file, log: app.log })
    app.decorate('kv', kv)
    app.addHook('onClose', () => kv.close())
  },
  { name: '@json-express/kv-sqlite', fastify: '5.x' },
)
