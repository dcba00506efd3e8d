import { BootError } from '@json-express/core'
import fp from 'fastify-plugin'
import { createMemoryQueue } from './memory-queue.js'

export { createMemoryQueue, type MemoryQueueOptions } from './memory-queue.js'

/** Decorates `app.queue` with a queue in memory. */
export default fp(
  async (app) => {
    if (app.purpose !== 'command' && (app.purpose === 'worker' || !app.takesJobs)) {
      throw new BootError(
        'queue-memory lives in the server, no other process works its jobs: set jex.worker=true and start no worker, or npm install @json-express/queue-bullmq',
      )
    }
    if (app.settings.production) {
      app.log.warn('queue-memory forgets its waiting jobs at exit: install @json-express/queue-bullmq')
    }
    const queue = createMemoryQueue({ log: app.log })
    app.decorate('queue', queue)
    app.addHook('onClose', () => queue.close())
  },
  { name: '@json-express/queue-memory', fastify: '5.x', decorators: { fastify: ['settings', 'purpose', 'takesJobs'] } },
)
