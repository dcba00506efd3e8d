import { createHost, manifestRules } from '@json-express/testing'
import t from 'tap'
import packageJson from '../package.json' with { type: 'json' }
import queueMemory from '../src/index.js'

for (const rule of manifestRules) t.test(rule.name, () => rule.run(packageJson))

t.test('decorates app.queue and closes it with the server', async (t) => {
  const app = createHost()
  await app.register(queueMemory)
  const { queue } = app
  const ran = new Promise((resolve) => {
    queue.registerWorker('mail', async (job) => resolve(job.payload))
  })
  await queue.enqueue('mail', 'send', 'hello')
  t.equal(await ran, 'hello')
  await app.close()
  await t.rejects(queue.enqueue('mail', 'send', null), { name: 'UnavailableError' })
})

t.test('warns in production, and names what to install', async (t) => {
  for (const [mode, warnings] of Object.entries({ production: 1, staging: 1, development: 0, test: 0 })) {
    const lines: string[] = []
    const stream = { write: (line: string) => void lines.push(line) }
    const app = createHost({ mode, server: { logger: { level: 'warn', stream } } })
    await app.register(queueMemory)
    t.equal(lines.length, warnings, mode)
    for (const line of lines) t.match(line, '@json-express/queue-bullmq')
    await app.close()
  }
})

t.test('refuses to be shared by processes, and says what can', async (t) => {
  for (const process of [{ purpose: 'worker' }, { purpose: 'serve', takesJobs: false }] as const) {
    const app = createHost(process)
    await t.rejects(
      async () => void (await app.register(queueMemory)),
      { name: 'BootError', message: /jex\.worker.*queue-bullmq/ },
      JSON.stringify(process),
    )
    await app.close()
  }
  const command = createHost({ purpose: 'command', takesJobs: false })
  await command.register(queueMemory)
  await command.close()
})
