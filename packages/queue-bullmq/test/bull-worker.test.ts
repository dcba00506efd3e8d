import { fileURLToPath } from 'node:url'
import t from 'tap'
import { run } from '../../../test/harness/server.js'
import { startRedis } from '../../../test/harness/servers/redis-server.js'
import { createBullQueue } from '../src/bull-queue.js'
import { connectRedis } from '../src/redis-clients.js'

const DIR = fileURLToPath(new URL('./fixtures', import.meta.url))
const DEATHS = 10

t.test(
  `a worker is killed ${DEATHS} times in the middle of a job: it is done in the end, and was never exhausted`,
  async (t) => {
    const redis = await startRedis(t)
    const queue = createBullQueue({ clients: await connectRedis({ url: redis.url }) })
    t.teardown(() => queue.close())
    await queue.enqueue('mail', 'send', null, { jobId: 'one', attempts: 2 })
    const worker = (mayFinish: string) =>
      run(t, DIR, { command: [process.execPath, 'worker.js', redis.url, mayFinish] })
    for (let death = 0; death < DEATHS; death++) {
      const doomed = worker('no')
      await doomed.printed(/started one 1/)
      await doomed.stop('SIGKILL')
    }
    t.strictSame(await queue.exhausted('mail'), [])
    const last = worker('yes')
    await last.printed(/finished one/)
    await last.stop('SIGKILL')
  },
)
