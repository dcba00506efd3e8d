import '@json-express/core'
import fp from 'fastify-plugin'
import { createMemoryQueue } from './memory-queue.js'

export { createMemoryQueue, type MemoryQueueOptions } from './memory-queue.js'

/** Decorates `app.queue` with a queue in memory. */
export default fp(
  async (app) => {
    if (app.settings.production) {
      app.log.warn('queue-memory forgets its waiting jobs at exit: install @json-express/queue-bullmq')
    }
    const queue = createMemoryQueue({ log: app.log })
    app.decorate('queue', queue)
    app.addHook('onClose', () => queue.close())
  },
  { name: '@json-express/queue-memory', fastify: '5.x', decorators: { fastify: ['settings'] } },
)
