import '@json-express/core'
import fp from 'fastify-plugin'
import { createMemoryAdapter } from './memory-adapter.js'

export { createMemoryAdapter }

/** Decorates `app.db` with a database in memory. */
export default fp(
  async (app) => {
    if (app.settings.production) {
      app.log.warn('adapter-memory forgets every record at exit: install @json-express/adapter-sqlite')
    }
    const db = createMemoryAdapter()
    app.decorate('db', db)
    app.addHook('onClose', () => db.close())
  },
  { name: '@json-express/adapter-memory', fastify: '5.x', decorators: { fastify: ['settings'] } },
)
