import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { client, signIn } from '../harness/client.js'
import { startServer } from '../harness/server.js'
import { adminOf, provision, startStack } from '../production/stack.js'
import { isOutage, recovered, register } from './client-in-trouble.js'

const PASSWORD = 'correct horse battery'

/** CPU time that a process has used, in ticks of 10 ms. */
function ticks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return Number(fields[11]) + Number(fields[12])
}

/** Not before it has started: loading modules takes more, for a moment, on a machine that is busy. */
function limitFiles(pid: number, count: number): void {
  try {
    execFileSync('prlimit', ['--pid', String(pid), `--nofile=${count}`])
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause
    throw new Error('This test needs prlimit: on Debian, apt-get install util-linux', { cause })
  }
}

const noProc = process.platform === 'linux' ? false : 'reads CPU times from /proc'

t.test('all file descriptors are taken: it refuses, waits quietly, and goes on', { skip: noProc }, async (t) => {
  const stack = await startStack(t, { env: { JEX__WORKER: 'true' } })
  const server = await startServer(t, stack.dir, { env: stack.env })
  const call = client(server.url)
  const ann = await register(call, 'ann@example.com', PASSWORD)

  limitFiles(server.child.pid ?? 0, 128)
  const sockets: Socket[] = []
  for (let count = 0; count < 300; count++) {
    const socket = connect(server.port, '127.0.0.1')
    socket.on('error', () => undefined)
    sockets.push(socket)
  }
  await Promise.all(sockets.map((socket) => Promise.race([once(socket, 'connect'), once(socket, 'close')])))
  await pause(500)
  t.ok(readdirSync(`/proc/${server.child.pid}/fd`).length > 120, 'all are taken')
  const before = ticks(server.child.pid ?? 0)
  await pause(1000)
  t.ok(ticks(server.child.pid ?? 0) - before < 50, 'no busy loop')
  for (let attempt = 0; attempt < 5; attempt++) {
    const answer = await call('GET', '/auth/me', undefined, ann.accessToken).catch(() => null)
    t.ok(answer === null || answer.status === 200 || isOutage(answer), answer === null ? 'refused' : answer.text)
  }
  for (const socket of sockets) socket.destroy()
  t.equal((await recovered(call, ann)).status, 200)
  t.type(await signIn(call, { email: 'ann@example.com', password: PASSWORD }), 'string')
  await provision(call, await adminOf(server), 'ben@example.com')
  t.match(await stack.linkTo('ben@example.com'), /./)
  t.equal(await server.stop(), 0)
})

const BLOCK = `import { defineRoutes } from '@json-express/core'
export default defineRoutes({ endpoints: { 'POST /:ms': { access: 'public', handler: ({ params }) => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(params.ms))
  return { done: true }
} } } })`

t.test('the event loop of one server stands still: no job runs twice, nobody is signed out', async (t) => {
  const stack = await startStack(t, { files: { 'models/block.ts': BLOCK }, env: { JEX__WORKER: 'true' } })
  const [one, other] = [await stack.serve(), await stack.serve()]
  const [blocked, free] = [client(one.url), client(other.url)]
  const admin = await adminOf(one)
  const ann = await register(free, 'ann@example.com', PASSWORD)
  const emails = Array.from({ length: 20 }, (_, number) => `user-${number}@example.com`)
  for (const [index, email] of emails.entries()) {
    if (index === 10) void blocked('POST', '/block/4000')
    await provision(free, admin, email)
  }
  t.equal((await free('GET', '/auth/me', undefined, ann.accessToken)).status, 200)
  t.equal((await blocked('GET', '/auth/me', undefined, ann.accessToken)).status, 200)
  for (const email of emails) await stack.smtp.mailTo(email)
  await pause(6000) // as long as a job that was believed stalled would take to come again
  for (const email of emails) {
    t.equal(stack.smtp.mails.filter(({ to }) => to.includes(email)).length, 1, email)
  }
  t.equal(await one.stop(), 0)
  t.equal(await other.stop(), 0)
})
