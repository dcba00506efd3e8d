import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import t from 'tap'
import { appFolder, writeFiles } from '../harness/app-folder.js'
import { startServer } from '../harness/server.js'

/** Answers once the folder holds a file named `open`. */
const GATE = `import { defineRoutes } from '@json-express/core'
import { existsSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
export default defineRoutes({ endpoints: { 'GET /slow': { access: 'public', handler: async () => {
  process.stdout.write('slow request is in\\n')
  while (!existsSync('open')) await wait(20)
  return { done: true }
} } } })`

/** A connection that has had its answer and stays open. */
async function keptAlive(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  socket.write('GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n')
  await once(socket, 'data')
  socket.resume()
  return socket
}

/** Resolves once a connection is refused; one that the kernel still had waiting when the listener closed is reset. */
async function refused(port: number, gone: AbortSignal): Promise<void> {
  for (;;) {
    gone.throwIfAborted()
    const socket = connect(port, '127.0.0.1')
    const [error] = await Promise.race([once(socket, 'connect').then(() => [null]), once(socket, 'error')]).catch(
      (error: unknown) => [error],
    )
    socket.on('error', () => undefined).destroy()
    if ((error as NodeJS.ErrnoException | null)?.code === 'ECONNREFUSED') return
    await wait(20)
  }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  t.test(`${signal}: while a slow request ends, idle connections go and new ones are refused`, async (t) => {
    const dir = appFolder(t, { files: { 'models/gate.ts': GATE } })
    const server = await startServer(t, dir)
    const idle = await keptAlive(server.port)
    t.teardown(() => idle.destroy())
    let answered = false
    const slow = fetch(`${server.url}/gate/slow`).finally(() => {
      answered = true
    })
    await server.printed(/slow request is in/)

    const closed = once(idle, 'close')
    server.child.kill(signal)
    await closed
    await refused(server.port, AbortSignal.timeout(60_000))
    t.notOk(answered, 'all that while the slow request is in flight')

    writeFiles(dir, { open: 'yes' })
    const answer = await slow
    t.equal(answer.status, 200)
    t.equal(answer.headers.get('connection'), 'close')
    t.same(await answer.json(), { done: true })
    t.equal(await server.exited, 0)
  })
}
