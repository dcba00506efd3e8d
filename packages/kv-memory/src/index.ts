import '@json-express/core'
import fp from 'fastify-plugin'
import { createMemoryKvStore } from './memory-kv-store.js'

export { createMemoryKvStore }

/** Decorates `app.kv` with a store in memory. */
export default fp(
  async (app) => {
    if (app.settings.production) {
      app.log.warn(
        'kv-memory forgets everything at exit, sessions included, and serves one process only: install @json-express/kv-sqlite',
      )
    }
    const kv = createMemoryKvStore()
    app.decorate('kv', kv)
    app.addHook('onClose', () => kv.close())
  },
  { name: '@json-express/kv-memory', fastify: '5.x', decorators: { fastify: ['settings'] } },
)
