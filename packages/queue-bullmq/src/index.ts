import { readJsonSetting, setting } from '@json-express/core'
import fp from 'fastify-plugin'
import Type, { type Static } from 'typebox'
import { createBullQueue } from './bull-queue.js'
import { connectRedis } from './redis-clients.js'

export { type BullQueueOptions, createBullQueue } from './bull-queue.js'
export { connectRedis, type RedisClients, type RedisClientsOptions } from './redis-clients.js'

/** The settings `jex.queue-bullmq.*`. */
export const configSchema = Type.Object(
  {
    url: setting.secret({
      pattern: '^rediss?://',
      description: 'Where Redis is: redis://user:password@host:6379/0, or rediss:// for TLS',
    }),
    prefix: Type.String({ default: 'jex', minLength: 1, description: 'Stands before every key of the queues' }),
    options: Type.Optional(
      setting.secret({
        description: 'More options of ioredis as JSON: {"sentinels":[{"host":"a","port":26379}],"name":"mymaster"}',
      }),
    ),
  },
  { additionalProperties: false },
)

/** Decorates `app.queue` with a queue on Redis. Throws `BootError` when Redis cannot be used. */
export default fp<Static<typeof configSchema>>(
  async (app, { url, prefix, options }) => {
    const clients = await connectRedis({
      url,
      prefix,
      options: readJsonSetting('jex.queue-bullmq.options', options),
      log: app.log,
    })
    const queue = createBullQueue({ clients, prefix, log: app.log })
    app.decorate('queue', queue)
    app.addHook('onClose', () => queue.close())
  },
  { name: '@json-express/queue-bullmq', fastify: '5.x' },
)
