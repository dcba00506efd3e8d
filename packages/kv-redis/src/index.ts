import { readJsonSetting, setting } from '@json-express/core'
import fp from 'fastify-plugin'
import Type, { type Static } from 'typebox'
import { connectRedis } from './connect-redis.js'
import { createRedisKvStore } from './redis-kv-store.js'

export { clientOptions } from './client-options.js'
export { type ConnectRedisOptions, connectRedis, type KvRedisOptions } from './connect-redis.js'
export { createRedisKvStore, type RedisKvStoreOptions } from './redis-kv-store.js'

/** The settings `jex.kv-redis.*`. */
export const configSchema = Type.Object(
  {
    url: setting.secret({
      pattern: '^rediss?://',
      description: 'Where Redis is: redis://user:password@host:6379/0, or rediss:// for TLS',
    }),
    prefix: Type.String({ default: 'jex:', description: 'Stands before every key, so that apps may share a Redis' }),
    cluster: Type.Boolean({ default: false, description: 'Whether the URL leads to a node of a Redis Cluster' }),
    options: Type.Optional(
      setting.secret({
        description: 'More options of ioredis as JSON: {"sentinels":[{"host":"a","port":26379}],"name":"mymaster"}',
      }),
    ),
  },
  { additionalProperties: false },
)

/** Decorates `app.kv` with a store on Redis. Throws `BootError` when Redis cannot be used. */
export default fp<Static<typeof configSchema>>(
  async (app, { url, prefix, cluster, options }) => {
    const client = await connectRedis({
      url,
      prefix,
      cluster,
      options: readJsonSetting('jex.kv-redis.options', options),
      log: app.log,
    })
    const kv = createRedisKvStore({ client })
    app.decorate('kv', kv)
    app.addHook('onClose', () => kv.close())
  },
  { name: '@json-express/kv-redis', fastify: '5.x' },
)
