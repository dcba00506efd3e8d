import { once } from 'node:events'
import { createServer } from 'node:net'
import t from 'tap'
import { appFolder } from '../harness/app-folder.js'
import { run } from '../harness/server.js'

t.test('a port in use stops boot with one readable message', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const process = run(t, appFolder(t), { env: { PORT: String(port) } })
  t.equal(await process.exited, 1)
  t.match(process.output(), new RegExp(`${port}.* in use`))
  t.match(process.output(), /jex\.port=/)
  t.notMatch(process.output(), /^\s+at .*:\d+:\d+/m)
})

t.test('a folder that is no app', async (t) => {
  const dir = t.testdir({})
  const process = run(t, dir)
  t.equal(await process.exited, 1)
  t.match(process.output(), /package\.json/)
})
