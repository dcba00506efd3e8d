import { queueRules } from '@json-express/testing'
import t from 'tap'
import { startRedis } from '../../../test/harness/servers/redis-server.js'
import { createBullQueue } from '../src/bull-queue.js'
import { connectRedis } from '../src/redis-clients.js'

t.jobs = 8

const redis = await startRedis(t)
let opened = 0
const open = async () => {
  const prefix = `test-${++opened}`
  return createBullQueue({ clients: await connectRedis({ url: redis.url }), prefix })
}

for (const rule of queueRules) t.test(rule.name, { buffered: true }, () => rule.run({ open }))
