import t from 'tap'
import { appFolder } from '../harness/app-folder.js'
import { startServer } from '../harness/server.js'

const GATE = `import { defineRoutes } from '@json-express/core'
let open
const gate = new Promise((resolve) => { open = resolve })
export default defineRoutes({ endpoints: {
  'GET /slow': { access: 'public', handler: async () => { process.stdout.write('slow request is in\\n'); setTimeout(open, 1500); await gate; return { done: true } } },
  'GET /never': { access: 'public', handler: () => { process.stdout.write('endless request is in\\n'); return new Promise(() => {}) } },
} })`

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  t.test(`${signal} during a slow request: it completes, then the process ends with 0`, async (t) => {
    const server = await startServer(t, appFolder(t, { files: { 'models/gate.ts': GATE } }))
    await (await fetch(`${server.url}/health`)).text() // leaves a kept-alive connection behind
    const slow = fetch(`${server.url}/gate/slow`)
    await server.printed(/slow request is in/)
    server.child.kill(signal)
    await server.printed(/stopping: finishing what is in flight/)
    const answer = await slow
    t.equal(answer.status, 200)
    t.same(await answer.json(), { done: true })
    t.equal(answer.headers.get('connection'), 'close')
    t.equal(await server.exited, 0)
    await t.rejects(fetch(`${server.url}/health`), 'nothing listens any more')
  })
}

t.test('an echo of the signal is no second one, a second one forces', async (t) => {
  const server = await startServer(t, appFolder(t, { files: { 'models/gate.ts': GATE } }))
  const endless = fetch(`${server.url}/gate/never`).catch(() => 'cut off')
  await server.printed(/endless request is in/)
  server.child.kill('SIGINT')
  server.child.kill('SIGINT')
  await server.printed(/stopping/)
  const later = setInterval(() => server.child.kill('SIGINT'), 700)
  t.equal(await server.exited, 1)
  clearInterval(later)
  t.equal(await endless, 'cut off')
  t.match(server.output(), /forced to stop/)
})
